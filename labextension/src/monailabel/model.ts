/** The person's MONAI Labels as the panel knows them, and what is being done with them. No DOM. */

import { Signal } from '@lumino/signaling';

import { Feed, FeedEvent } from '../feed';
import type { MonaiLabelApi } from './api';
import type { Server, State, Task, Wanted } from './records';
import type { ServedApi } from './served';

export class MonaiLabelModel {
  constructor(
    readonly api: MonaiLabelApi,
    readonly served: ServedApi
  ) {}

  /** Anything changed. */
  readonly changed = new Signal<this, void>(this);
  state: State | null = null;
  /** The connection to the server is lost; what is shown may be old. */
  lost = false;
  /** Why nothing can be known here. */
  problem: unknown = null;
  /** Somebody looks at the panel. */
  seen = false;
  /** Names this tab: what it asked for and failed is shown here. */
  readonly tab = Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16)).join('');

  /** What is being done for anybody, and what this tab asked for and failed, the latest first. */
  get tasks(): Task[] {
    const known = [...(this.state?.tasks ?? [])].reverse();
    return known.filter(({ id, state, tab }) => state === 'running' || (state === 'failed' && tab === this.tab && !this.dismissed.has(id)));
  }

  get servers(): Server[] {
    return this.state?.servers ?? [];
  }

  /** Somebody looks at the panel, or does no longer: a browser has few connections to spare. */
  watch(seen: boolean): void {
    this.seen = seen;
    this.listen();
    this.changed.emit();
  }

  /** Ask once. */
  async look(): Promise<void> {
    try {
      this.take({ kind: 'state', value: await this.api.state() });
    } catch (error) {
      this.problem = error;
      this.changed.emit();
    }
  }

  async prepare(): Promise<void> {
    this.onTask(await this.api.prepare(this.tab));
  }

  async start(wanted: Wanted): Promise<void> {
    this.onTask(await this.api.start(this.tab, wanted));
  }

  async stop(name: string): Promise<void> {
    this.onTask(await this.api.stop(name));
  }

  dismiss(task: string): void {
    this.dismissed.add(task);
    this.changed.emit();
  }

  private take({ kind, value }: FeedEvent): void {
    this.lost = kind === 'lost';
    if (kind === 'state') {
      this.state = value as State;
      this.problem = null;
    } else if (kind === 'task') {
      this.onTask(value as Task);
      return;
    } else if (this.lost && !this.state) {
      void this.look();
    }
    this.listen();
    this.changed.emit();
  }

  private onTask(task: Task): void {
    if (this.state) {
      const before = this.state.tasks.find(each => each.id === task.id);
      const newest = before && before.state !== 'running' && task.state === 'running' ? before : task;
      const tasks = before ? this.state.tasks.map(each => (each === before ? newest : each)) : [...this.state.tasks, task];
      this.state = { ...this.state, tasks };
    }
    this.listen();
    this.changed.emit();
  }

  private listen(): void {
    const wanted = this.seen || !!this.state?.tasks.some(task => task.state === 'running');
    if (wanted && !this.feed) {
      this.feed = new Feed(this.api.url('events'), ['task'], event => this.take(event));
      this.feed.start(() => this.state);
    } else if (!wanted && this.feed) {
      this.feed.stop();
      this.feed = null;
    }
  }

  private feed: Feed | null = null;
  private readonly dismissed = new Set<string>();
}
