/** Bookings, and whether another one would pass the rules. */

export type BookingState = 'requested' | 'confirmed' | 'active' | 'ended';

export type Action = 'extend' | 'move' | 'cancel' | 'release' | 'hand-over' | 'revoke';

export interface Booking {
  id: string;
  user: string;
  project: string;
  pool: string;
  product: string;
  node: string;
  gpus: number;
  start: string;
  end: string;
  state: BookingState;
  cause: string | null;
  ended_at: string | null;
  note: string;
  mine: boolean;
  may: Action[];
  /** Names this version of what can be edited. */
  etag: string;
  /** In the answer to a change: what runs by it now cannot follow it, and still ends then. */
  fixed_until: string | null;
  /** What it was booked as a part of, if it repeats. */
  series: string | null;
  /** For which group of which class it is: then it is its members', and `user` is that name. */
  of_class: { id: string | null; name: string; group: string } | null;
}

export interface BookingRequest {
  pool?: string | null;
  product?: string | null;
  gpus: number;
  start: string;
  end: string;
  project?: string;
  note?: string;
}

export interface BookingChange {
  start?: string;
  end?: string;
  note?: string;
}

export interface Slot {
  pool: string;
  node: string;
  gpus: number;
  start: string;
  end: string;
}

/** A booking for which there may be no GPU, and what could be offered instead; for administrators. */
export interface Alarm {
  booking: Booking;
  reason: string;
  since: string;
  offers: Slot[];
}

/** What an outage does to bookings: some go to other nodes, for some there is no other place. */
export interface OutageEffect {
  moved: Booking[];
  endangered: Booking[];
  /** Whose servers hold the GPU that is meant, and are started again when the outage begins. */
  restarted: string[];
}

export interface Refusal {
  rule: string;
  message: string;
  given: string;
  limit: string;
  earliest: string | null;
}

export interface Verdict {
  allowed: boolean;
  node: string | null;
  refusals: Refusal[];
  next_free: Slot | null;
}
