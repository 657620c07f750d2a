/**
 * What the user's own server tells of a subject, as it happens: one event stream per browser, however many tabs are open.
 *
 * The leading tab holds it and repeats everything on a BroadcastChannel; a tab that opens later asks for the whole.
 */

import type { EventSource } from 'eventsource';

import { Election, election } from './election';
import { listening } from './listening';

export interface FeedEvent {
  kind: string;
  value: unknown;
}

/** Longer than two beats of the server (15 s): the connection is dead, even where nobody was told. */
const SILENCE = 40_000;
const FIRST_RETRY = 500;
const LAST_RETRY = 10_000;

export class Feed {
  /** `take` gets every event of these kinds in turn, and one of the kind `lost` when the connection goes. */
  constructor(
    private readonly url: string,
    private readonly kinds: string[],
    private readonly take: (event: FeedEvent) => void
  ) {
    const { pathname, search } = new URL(url, location.href);
    const name = `maia-feed:${pathname}${search}`;
    this.channel = new BroadcastChannel(name);
    this.election = election(name);
  }

  /** `whole` returns the state as this tab knows it, for tabs that open later; null before it does. */
  start(whole: () => unknown): void {
    this.channel.onmessage = ({ data }) => {
      const event = data as FeedEvent;
      if (event.kind !== 'hello') {
        this.take(event);
        return;
      }
      const state = this.leads ? whole() : null;
      if (state) {
        this.channel.postMessage({ kind: 'state', value: state });
      }
    };
    this.channel.postMessage({ kind: 'hello', value: null });
    window.addEventListener('online', this.onOnline);
    this.election.start(
      () => {
        this.leads = true;
        this.open();
      },
      () => {
        this.leads = false;
        this.shut();
      }
    );
  }

  /** Listen no more. */
  stop(): void {
    window.removeEventListener('online', this.onOnline);
    this.leads = false;
    this.shut();
    this.election.stop();
    this.channel.close();
  }

  private readonly onOnline = (): void => {
    if (this.leads) {
      this.open();
    }
  };

  private open(): void {
    this.shut();
    const source = listening(this.url);
    this.source = source;
    for (const kind of ['state', ...this.kinds, 'beat']) {
      source.addEventListener(kind, event => this.onEvent(kind, (event as MessageEvent<string>).data));
    }
    source.onerror = () => this.onError();
    this.watch();
  }

  private onEvent(kind: string, data: string): void {
    this.retry = FIRST_RETRY;
    this.watch();
    if (kind !== 'beat') {
      this.tell({ kind, value: JSON.parse(data) });
    }
  }

  /** EventSource gives up for good on an HTTP error, so the way back is ours. */
  private onError(): void {
    this.shut();
    this.tell({ kind: 'lost', value: null });
    this.timer = window.setTimeout(() => this.leads && this.open(), this.retry * (0.75 + Math.random() / 2));
    this.retry = Math.min(this.retry * 2, LAST_RETRY);
  }

  private watch(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.onError(), SILENCE);
  }

  private shut(): void {
    window.clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  private tell(event: FeedEvent): void {
    this.channel.postMessage(event);
    this.take(event);
  }

  private readonly channel: BroadcastChannel;
  private readonly election: Election;
  private source: EventSource | null = null;
  private leads = false;
  private timer = 0;
  private retry = FIRST_RETRY;
}
