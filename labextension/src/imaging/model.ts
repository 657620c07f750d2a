/** The project's image archive as the panel knows it, and what is being done with images. No DOM. */

import { Signal } from '@lumino/signaling';

import { MaiaProblem, Problem } from '../api';
import { Feed, FeedEvent } from '../feed';
import type { ImagesApi } from './api';
import type { Archive, Converted, Sent, State, Task } from './records';
import { Results } from './results';

/** What is over and still shown. */
const KEPT = 4;

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** Somebody gave up what was being done. */
export class GivenUp extends Error {}

/** A study, or one series of it. */
export interface Chosen {
  study: string;
  series: string;
}

export class ImagesModel {
  constructor(readonly api: ImagesApi) {
    this.results = new Results(api);
    this.results.changed.connect(() => this.changed.emit());
  }

  /** Anything changed. */
  readonly changed = new Signal<this, void>(this);
  readonly results: Results;
  archive: Archive | null = null;
  /** Why there is no archive; null while there is one, or nothing is known yet. */
  problem: Problem | null = null;
  chosen: Chosen | null = null;
  /** Names this tab: what it asked for is shown here. */
  readonly tab = Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16)).join('');

  /** What this tab asked for, the latest first; of what is over a few. */
  get tasks(): Task[] {
    const own = [...this.byId.values()].filter(task => task.tab === this.tab && !this.dismissed.has(task.id)).reverse();
    const over = own.filter(task => task.state !== 'running').slice(0, KEPT);
    return own.filter(task => task.state === 'running' || over.includes(task));
  }

  /** The panel is seen: learn where the archive is, and search once. */
  async look(): Promise<void> {
    try {
      this.take({ kind: 'state', value: await this.api.state() });
    } catch (error) {
      this.problem = error instanceof MaiaProblem ? error.problem : null;
      this.results.trouble ??= this.problem ? null : { error, since: Date.now() };
      this.changed.emit();
    }
    if (this.archive && !this.problem && (!this.results.known || this.results.trouble)) {
      await this.results.again();
    }
  }

  choose(chosen: Chosen | null): void {
    this.chosen = chosen;
    this.changed.emit();
  }

  convert(study: string, series: string, to: string): Promise<Converted> {
    return this.run<Converted>(['convert'], { study, series, to });
  }

  forward(chosen: Chosen, node: object): Promise<Sent> {
    return this.run<Sent>(['forward'], { ...chosen, node });
  }

  send(paths: string[]): Promise<Sent> {
    return this.run<Sent>(['send'], { paths });
  }

  sendUpload(upload: string): Promise<Sent> {
    return this.run<Sent>(['uploads', upload], {});
  }

  dismiss(task: string): void {
    this.dismissed.add(task);
    this.changed.emit();
  }

  private async run<T>(path: string[], body: object): Promise<T> {
    const task = await this.api.begin(path, { tab: this.tab, ...body });
    const done = new Promise<unknown>((resolve, reject) => this.waiting.set(task.id, { resolve, reject }));
    this.onTask(this.byId.get(task.id) ?? task);
    this.listen();
    this.changed.emit();
    return (await done) as T;
  }

  private take({ kind, value }: FeedEvent): void {
    if (kind === 'state') {
      const state = value as State;
      this.archive = state.archive;
      this.problem = state.problem;
      this.known = state;
      state.tasks.forEach(task => this.onTask(task));
    } else if (kind === 'task') {
      this.onTask(value as Task);
    }
    this.listen();
    this.changed.emit();
  }

  private onTask(task: Task): void {
    this.byId.set(task.id, task);
    const waiting = this.waiting.get(task.id);
    if (!waiting || task.state === 'running') {
      return;
    }
    this.waiting.delete(task.id);
    if (task.state === 'done') {
      waiting.resolve(task.result);
    } else {
      waiting.reject(task.state === 'failed' ? new MaiaProblem(task.problem as Problem) : new GivenUp());
    }
  }

  /** Listen while something is being done: a browser has few connections to spare. */
  private listen(): void {
    const busy = [...this.byId.values()].some(task => task.state === 'running');
    if (busy && !this.feed) {
      this.feed = new Feed(this.api.url('feed'), ['task'], event => this.take(event));
      this.feed.start(() => this.known && { ...this.known, tasks: [...this.byId.values()] });
    } else if (!busy && this.feed) {
      this.feed.stop();
      this.feed = null;
    }
  }

  private feed: Feed | null = null;
  private known: State | null = null;
  private readonly byId = new Map<string, Task>();
  private readonly dismissed = new Set<string>();
  private readonly waiting = new Map<string, Waiting>();
}
