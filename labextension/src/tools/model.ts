/** The tools of a project, kept live. No DOM. */

import { ISignal, Signal } from '@lumino/signaling';

import { Feed, FeedEvent } from '../feed';
import type { ToolsApi } from './api';
import type { Card, State } from './records';

/** Under this name this browser remembers which project was looked at last. */
const CHOSEN = 'maia-tools-project';
const NOTHING: State = { project: '', projects: [], tools: [], trouble: null, kernels: { names: [], why: '', behind: [] } };

export class ToolsModel {
  /** `own`: the project of this server, which its kernels work for. */
  constructor(
    readonly api: ToolsApi,
    readonly own: string
  ) {}

  /** Anything changed. */
  readonly changed: ISignal<this, void> = new Signal<this, void>(this);

  /** False until the server has told of the project that is looked at. */
  known = false;
  /** The connection to the server is lost; what is shown may be old. */
  lost = false;
  /** Why nothing can be known here. */
  problem: unknown = null;
  state: State = NOTHING;

  /** The project that is looked at. */
  get project(): string {
    return localStorage.getItem(CHOSEN) || this.own;
  }

  tool(name: string): Card | undefined {
    return this.state.tools.find(card => card.name === name);
  }

  start(): void {
    this.feed?.stop();
    this.feed = new Feed(this.api.feedUrl(this.project), [], event => this.take(event));
    this.feed.start(() => (this.known ? this.state : null));
  }

  /** Look at another project. */
  choose(project: string): void {
    localStorage.setItem(CHOSEN, project);
    this.known = false;
    this.state = { ...NOTHING, projects: this.state.projects };
    this.start();
    this.emit();
  }

  /** Wait until a project's tools are known. */
  async ready(): Promise<void> {
    while (!this.known) {
      await new Promise<void>(resolve => {
        const once = () => {
          this.changed.disconnect(once);
          resolve();
        };
        this.changed.connect(once);
      });
    }
  }

  private take({ kind, value }: FeedEvent): void {
    this.lost = kind === 'lost';
    if (this.lost && !this.known) {
      void this.ask();
    }
    if (kind === 'state') {
      this.state = value as State;
      this.known = true;
      this.problem = null;
      this.comeBack();
    }
    this.emit();
  }

  /** Who is not in the project any more that was looked at last sees that of the server again. */
  private comeBack(): void {
    const { trouble, tools } = this.state;
    if (trouble && !tools.length && this.project !== this.own && !this.state.projects.includes(this.project)) {
      this.choose(this.own);
    }
  }

  /** A stream does not say why it fails. */
  private async ask(): Promise<void> {
    this.problem = await this.api.state(this.project).then(
      () => null,
      error => error
    );
    this.emit();
  }

  private emit(): void {
    (this.changed as Signal<this, void>).emit();
  }

  private feed: Feed | null = null;
}
