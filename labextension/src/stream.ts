/**
 * Live state of the user: one event stream per browser, however many tabs of Lab and portal are open.
 *
 * The leading tab holds the EventSource and repeats everything on a BroadcastChannel; a tab that opens later asks for the
 * last state. The stream belongs to the service, so it outlives every restart of the user's server.
 */

import { Change, MaiaProblem, State, Usage } from './api';
import { Clock } from './clock';
import { Election, election } from './election';

/** `asking`: the service gives no stream now, so the state is asked for again and again. */
export type Health = 'connecting' | 'live' | 'asking' | 'lost' | 'signed-out';

export interface StreamStatus {
  health: Health;
  /** Since when, in milliseconds of the server-corrected clock. */
  since: number;
  /** While it is asked for: why there is no stream, in the service's words, and every how many milliseconds. */
  why?: string;
  every?: number;
}

export interface StreamEvents {
  state: State;
  usage: Usage;
  /** What was decided about the user: once, in order, also after a connection that broke. */
  change: Change;
  status: StreamStatus;
}

export interface StreamOptions {
  /** URL of the event stream (`Api.eventsUrl`). */
  url: string;
  /** Two people who use one browser must never see each other's state. */
  user: string;
  clock: Clock;
  /** Is the session still valid? Renews it where that needs no click. Throws while the service is down. */
  signedIn: () => Promise<boolean>;
  /** Why the service gives no stream now; null if it gives one. */
  refusal: () => Promise<MaiaProblem | null>;
  /** The state, asked for once. */
  stateNow: () => Promise<State>;
}

type Listener<T> = (value: T) => void;

type Message =
  | { kind: 'hello' }
  | { kind: 'time'; at: number | null }
  | { kind: 'state'; at: number | null; value: State }
  | { kind: 'usage'; at: number | null; value: Usage }
  | { kind: 'change'; at: number | null; value: Change }
  | { kind: 'upto'; value: string }
  | { kind: 'status'; at: number | null; value: StreamStatus };

/**
 * Silence for longer than two of the service's heartbeats (5 s) means the connection is dead: the proxy keeps it open
 * when the service dies, and so does a laptop that slept.
 */
const SILENCE = 12_000;
const FIRST_RETRY = 500;
const LAST_RETRY = 10_000;
/** What works without a click: what is shown is, or is about to be, as it is. */
const WELL: Health[] = ['live', 'asking'];

export class Stream {
  constructor(private readonly options: StreamOptions) {
    const name = `maia-stream:${new URL(options.url, location.href).pathname}:${options.user}`;
    this.channel = new BroadcastChannel(name);
    this.election = election(name);
  }

  /** The last state received, in this tab or told by the leading one. */
  get state(): State | null {
    return this.last.state ?? null;
  }

  get usage(): Usage | null {
    return this.last.usage ?? null;
  }

  get status(): StreamStatus {
    return this.last.status ?? { health: 'connecting', since: this.options.clock.now() };
  }

  get leading(): boolean {
    return this.leads;
  }

  start(): void {
    this.channel.onmessage = event => this.onMessage(event.data as Message);
    window.addEventListener('online', this.retryNow);
    document.addEventListener('visibilitychange', this.onVisible);
    this.channel.postMessage({ kind: 'hello' } satisfies Message);
    this.election.start(
      () => this.lead(),
      () => this.follow()
    );
  }

  close(): void {
    window.removeEventListener('online', this.retryNow);
    document.removeEventListener('visibilitychange', this.onVisible);
    this.follow();
    this.election.stop();
    this.channel.close();
    this.listeners.clear();
  }

  /** Listen to one kind of event; the last value is told at once. Returns the way to stop listening. */
  on<K extends keyof StreamEvents>(kind: K, listener: Listener<StreamEvents[K]>): () => void {
    const entry = { kind, listener: listener as Listener<unknown> };
    this.listeners.add(entry);
    const last = kind === 'change' ? undefined : this.last[kind];
    if (last !== undefined) {
      listener(last as StreamEvents[K]);
    }
    return () => this.listeners.delete(entry);
  }

  // ---- the leading tab

  private lead(): void {
    this.leads = true;
    this.open();
  }

  private follow(): void {
    this.leads = false;
    this.shut();
  }

  private open(): void {
    this.shut();
    if (!WELL.includes(this.status.health)) {
      this.tell('status', this.statusOf('connecting'));
    }
    const url = this.upto ? `${this.options.url}?after=${encodeURIComponent(this.upto)}` : this.options.url;
    const source = new EventSource(url, { withCredentials: true });
    this.source = source;
    const on = <T>(name: string, take: (value: T) => void) =>
      source.addEventListener(name, event => {
        take(JSON.parse((event as MessageEvent<string>).data) as T);
        this.toldUpTo((event as MessageEvent).lastEventId);
      });
    on<State>('state', state => this.onState(state));
    on<Usage>('usage', usage => this.onUsage(usage));
    on<Change>('change', change => this.tell('change', change));
    on<{ reason: string }>('reset', reset => console.info(`MAIA: changes were missed: ${reset.reason}.`));
    on<{ now: string }>('time', time => this.onTime(time));
    source.onerror = () => void this.onError();
    this.watch();
  }

  private shut(): void {
    window.clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  private toldUpTo(id: string): void {
    this.upto = id || this.upto;
    this.channel.postMessage({ kind: 'upto', value: this.upto } satisfies Message);
  }

  private onState(state: State): void {
    if (this.isOurs(state)) {
      this.alive(state.now);
      this.tell('state', state);
    }
  }

  private isOurs(state: State): boolean {
    if (state.user !== this.options.user) {
      this.shut();
      this.tell('status', this.statusOf('signed-out'));
    }
    return state.user === this.options.user;
  }

  private onUsage(usage: Usage): void {
    this.alive(usage.now);
    this.tell('usage', usage);
  }

  private onTime(time: { now: string }): void {
    this.alive(time.now);
    this.channel.postMessage({ kind: 'time', at: this.time } satisfies Message);
  }

  private alive(now: string): void {
    this.options.clock.sync(now);
    this.retry = FIRST_RETRY;
    this.watch();
    if (this.status.health !== 'live') {
      this.tell('status', this.statusOf('live'));
    }
  }

  private watch(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.onError(), SILENCE);
  }

  /** EventSource gives up for good on an HTTP error, so the way back is ours: ask who we are, then open anew. */
  private async onError(): Promise<void> {
    // Only an answer that is no stream closes it; a connection that breaks is tried again by the browser.
    this.turnedAway ||= this.source?.readyState === EventSource.CLOSED;
    this.shut();
    if (this.status.health !== 'lost') {
      this.tell('status', this.statusOf('lost'));
    }
    this.timer = window.setTimeout(() => void this.reopen(), this.retry * (0.75 + Math.random() / 2));
    this.retry = Math.min(this.retry * 2, LAST_RETRY);
  }

  private async reopen(): Promise<void> {
    window.clearTimeout(this.timer);
    let signedIn: boolean;
    let refusal: MaiaProblem | null = null;
    try {
      signedIn = await this.options.signedIn();
      refusal = signedIn && this.turnedAway ? await this.options.refusal() : null;
    } catch {
      return this.leads ? this.onError() : undefined;
    }
    if (!this.leads) {
      return;
    }
    if (!signedIn) {
      this.tell('status', this.statusOf('signed-out'));
    } else if (refusal?.status === 429) {
      await this.ask(refusal);
    } else {
      this.turnedAway = false;
      this.open();
    }
  }

  /** Without a stream the state is asked for, as often as the service allows; each time a stream is, too. */
  private async ask({ message, retryAfter }: MaiaProblem): Promise<void> {
    const every = Math.max(retryAfter, FIRST_RETRY);
    try {
      const state = await this.options.stateNow();
      if (!this.leads || !this.isOurs(state)) {
        return;
      }
      this.options.clock.sync(state.now);
      this.tell('state', state);
    } catch {
      return this.leads ? this.onError() : undefined;
    }
    if (this.status.health !== 'asking') {
      this.tell('status', { ...this.statusOf('asking'), why: message, every });
    }
    this.timer = window.setTimeout(() => void this.reopen(), every * (1 + Math.random() / 4));
  }

  private statusOf(health: Health): StreamStatus {
    return { health, since: this.options.clock.now() };
  }

  /** Do not wait for the next try: the network is back, or somebody looks. */
  readonly retryNow = (): void => {
    if (this.leads && ['lost', 'asking', 'signed-out'].includes(this.status.health)) {
      this.retry = FIRST_RETRY;
      void this.reopen();
    }
  };

  private readonly onVisible = (): void => {
    if (document.visibilityState === 'visible') {
      this.retryNow();
    }
  };

  // ---- all tabs

  private onMessage(message: Message): void {
    if (message.kind === 'hello') {
      this.repeat();
      return;
    }
    if (message.kind === 'upto') {
      this.upto = message.value;
      return;
    }
    if (message.at !== null) {
      this.options.clock.sync(message.at);
    }
    if (message.kind !== 'time' && !this.leads) {
      this.note(message.kind, message.value as never);
    }
  }

  /** The server's time; null while this tab has only the browser's, which may be wrong. */
  private get time(): number | null {
    return this.options.clock.synced ? this.options.clock.now() : null;
  }

  private repeat(): void {
    if (!this.leads) {
      return;
    }
    // Whoever opens a tab has just signed in, perhaps because this one could not.
    this.retryNow();
    this.channel.postMessage({ kind: 'upto', value: this.upto } satisfies Message);
    for (const kind of ['status', 'state', 'usage'] as const) {
      const value = this.last[kind];
      if (value !== undefined) {
        this.channel.postMessage({ kind, at: this.time, value });
      }
    }
  }

  private tell<K extends keyof StreamEvents>(kind: K, value: StreamEvents[K]): void {
    this.channel.postMessage({ kind, at: this.time, value });
    this.note(kind, value);
  }

  private note<K extends keyof StreamEvents>(kind: K, value: StreamEvents[K]): void {
    this.last[kind] = value;
    for (const entry of [...this.listeners]) {
      if (entry.kind === kind) {
        entry.listener(value);
      }
    }
  }

  private readonly channel: BroadcastChannel;
  private readonly election: Election;
  private readonly listeners = new Set<{ kind: keyof StreamEvents; listener: Listener<unknown> }>();
  private readonly last: { [K in keyof StreamEvents]?: StreamEvents[K] } = {};
  private source: EventSource | null = null;
  /** All changes up to this event were told; whichever tab leads next goes on from there. */
  private upto = '';
  private leads = false;
  /** The last stream was answered with something else. */
  private turnedAway = false;
  private timer = 0;
  private retry = FIRST_RETRY;
}
