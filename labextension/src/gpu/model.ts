/** What this server holds and until when: the live state of its owner, seen from this server. No DOM. */

import { ISignal, Signal } from '@lumino/signaling';

import { Api, Booking, MaiaProblem, Notice, QueuePlace, Session, State, Usage } from '../api';
import { Clock } from '../clock';
import { Stream, StreamStatus } from '../stream';

/** A session that is ended this close to its end (milliseconds) is ended because of it. */
const ABOUT_NOW = 60_000;

export interface GpuModelOptions {
  /** The service's prefix on this origin, such as `/services/maia`. */
  base: string;
  user: string;
  server: string;
}

/** Renews the sign-in to the service without a click: the hub knows this browser already. */
async function signInSilently(base: string): Promise<boolean> {
  const target = `${base}/signed-in`;
  try {
    const answer = await fetch(`${base}/login?next=${encodeURIComponent(target)}`, {
      credentials: 'same-origin',
      cache: 'no-store'
    });
    return answer.ok && new URL(answer.url).pathname === target;
  } catch {
    return false;
  }
}

export class GpuModel {
  constructor(private readonly options: GpuModelOptions) {
    const { base, user } = options;
    this.clock = new Clock();
    this.api = new Api({ base, signIn: () => signInSilently(base) });
    this.stream = new Stream({
      url: this.api.eventsUrl,
      user,
      clock: this.clock,
      signedIn: () => this.signedIn(),
      refusal: () => this.api.eventsRefusal(),
      stateNow: () => this.api.state()
    });
  }

  readonly api: Api;
  readonly clock: Clock;
  readonly stream: Stream;

  get base(): string {
    return this.options.base;
  }

  get server(): string {
    return this.options.server;
  }

  /** Anything changed: state, usage or health. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): State | null {
    return this.stream.state;
  }

  get usage(): Usage | null {
    return this.stream.usage;
  }

  get status(): StreamStatus {
    return this.stream.status;
  }

  /** What this server holds, as the service knows it; null while unknown. */
  get session(): Session | null {
    return this.state?.sessions.find(session => session.server === this.server) ?? null;
  }

  get booking(): Booking | null {
    const id = this.session?.booking;
    return this.state?.bookings.find(booking => booking.id === id) ?? null;
  }

  get notices(): Notice[] {
    return this.state?.notices.filter(notice => notice.server === this.server) ?? [];
  }

  /** The places in lines that this server has. */
  get places(): QueuePlace[] {
    return (this.state?.queue ?? []).filter(place => place.server === this.server);
  }

  /** When the booking ends, if that is after this server, which cannot follow it; null otherwise. */
  get goesOnUntil(): number | null {
    const until = this.session?.fixed ? this.session.until : null;
    const end = this.booking?.end;
    return until && end && Date.parse(end) > Date.parse(until) ? Date.parse(end) : null;
  }

  get coming(): Booking[] {
    const id = this.session?.booking;
    // What is only offered stands apart, with its buttons.
    const apart = new Set([id, ...(this.state?.waitlist ?? []).map(entry => entry.booking?.id)]);
    return this.state?.bookings.filter(booking => !apart.has(booking.id)) ?? [];
  }

  /** Sign in and follow the stream; the stream itself tries again while the service is away. */
  async start(): Promise<void> {
    try {
      const me = await this.api.me();
      this.clock.sync(me.now);
    } catch {
      // The stream says so, and goes on trying.
    }
    for (const kind of ['state', 'usage', 'status'] as const) {
      this.stream.on(kind, () => this._changed.emit());
    }
    this.stream.start();
  }

  /** Milliseconds left; null without an end. */
  left(): number | null {
    const until = this.session?.until;
    return until ? this.clock.until(until) : null;
  }

  /** The session is ended because its time is up, not for a switch to something else or to be restarted with it. */
  get timeIsUp(): boolean {
    const left = this.left();
    return this.session?.ending === true && left !== null && left < ABOUT_NOW && this.goesOnUntil === null;
  }

  /** Ask the stream to try now, not at its next turn. */
  retry(): void {
    this.stream.retryNow();
  }

  /** Ask for the booking form. */
  get bookingAsked(): ISignal<this, void> {
    return this._bookingAsked;
  }

  askForBooking(): void {
    this._bookingAsked.emit();
  }

  private async signedIn(): Promise<boolean> {
    try {
      return (await this.api.me()).user === this.options.user;
    } catch (error) {
      if (error instanceof MaiaProblem && error.status === 401) {
        return false;
      }
      throw error;
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _bookingAsked = new Signal<this, void>(this);
}
