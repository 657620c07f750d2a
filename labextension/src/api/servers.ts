/** What a server may be started with, what it holds, and what its owner is told. */

import type { Booking } from './bookings';
import type { Gpu, Pool } from './gpus';
import type { WaitlistEntry } from './waitlist';

export type Kind = 'booked' | 'opportunistic' | 'cpu';

export interface Choice {
  key: string;
  kind: Kind;
  label: string;
  enabled: boolean;
  reason: string;
  pool: string | null;
  booking: string | null;
  gpus: number;
  simulated: boolean;
  until: string | null;
  next_free: string | null;
  place: number | null;
}

/** Somebody else was in a server. */
export interface Visit {
  visitor: string;
  since: string;
  last: string;
  /** She still is. */
  here: boolean;
}

/** A server of somebody else that the user may open now. */
export interface OpenServer {
  user: string;
  server: string;
}

/** What one running server holds. */
export interface Session {
  server: string;
  project: string;
  grant: string;
  kind: Kind;
  reason: string;
  gpus: Gpu[];
  booking: string | null;
  since: string;
  until: string | null;
  save_at: string | null;
  stop_at: string | null;
  extendable_until: string | null;
  /** Its image cannot follow an extension: if its booking goes on, it is restarted at `until`. */
  fixed: boolean;
  next_holder: string | null;
  next_start: string | null;
  switch: Choice | null;
  ending: boolean;
  /** Who else may open it now: the staff of the class that it runs in. */
  may_open: string[];
  /** Who was there within the last week, the newest first. */
  visits: Visit[];
}

export interface Notice {
  id: number;
  at: string;
  kind:
    | 'expired'
    | 'preempted'
    | 'revoked'
    | 'released'
    | 'handed-over'
    | 'given-back'
    | 'switch'
    | 'unused'
    | 'idle'
    | 'respawned'
    | 'lost'
    | 'endangered'
    | 'offer'
    | 'waiting'
    | 'waitlist'
    | 'waitlist-offer'
    | 'info';
  server: string;
  title: string;
  message: string;
  /** Which booking it is about, if it is about one. */
  booking?: string | null;
}

/** A place in the line for an idle GPU; while one is offered, `offer_until` says until when. */
export interface QueuePlace {
  id: number;
  server: string;
  pool: string;
  product: string;
  simulated: boolean;
  since: string;
  place: number;
  expected: string | null;
  offer_until: string | null;
  accepted: boolean;
  notice: number | null;
}

/** Everything the panels show of one user; the stream sends it whole whenever any of it changes. */
export interface State {
  now: string;
  user: string;
  sessions: Session[];
  bookings: Booking[];
  notices: Notice[];
  pools: Pool[];
  warnings: number[];
  calendar_version: number;
  queue: QueuePlace[];
  waitlist: WaitlistEntry[];
  open_to_me: OpenServer[];
}

/** One thing that was decided about the user. */
export interface Change {
  id: number;
  at: string;
  action: string;
  /** What it is about, such as a booking. */
  subject: string;
  by: string;
  reason: string;
  project: string;
}
