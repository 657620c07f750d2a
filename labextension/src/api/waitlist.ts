/** The waiting list: booked time that somebody waits for. */

import type { Booking, BookingRequest } from './bookings';

export interface WaitlistRequest extends BookingRequest {
  /** It may begin at any time from `start` until then; without it, only at `start`. */
  latest_start?: string;
}

/** A wish on the waiting list; while its booking is only offered, `offer_until` says until when. */
export interface WaitlistEntry {
  id: string;
  project: string;
  pool: string;
  product: string;
  gpus: number;
  start: string;
  latest_start: string;
  duration: number;
  note: string;
  since: string;
  state: 'waiting' | 'offered' | 'served' | 'declined' | 'lapsed' | 'passed' | 'withdrawn';
  place: number | null;
  expected: string | null;
  /** The rule that passes it over at present. */
  reason: string;
  use: number;
  offer_until: string | null;
  booking: Booking | null;
  notice: number | null;
}

/** A wish as administrators see it. */
export interface SomebodysWish extends WaitlistEntry {
  user: string;
}
