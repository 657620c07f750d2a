/** What is typed into the booking form, and the request it stands for. Pure: no DOM, no network. */

import { Booking, BookingRequest, Pool } from '../api';
import { HOUR, SECOND, iso, ms, nextMinute } from './time';

export interface Draft {
  pool: string;
  gpus: number;
  /** Milliseconds since 1970; NaN while the field is incomplete. */
  start: number;
  end: number;
  /** Begin at once, whatever minute it is when the form is sent. */
  immediate: boolean;
  /** Empty: the only one that there is. */
  project: string;
  note: string;
}

/** The round trip that an immediate start allows for: a start in the past is refused. */
const MARGIN = 2 * SECOND;

export function emptyDraft(pools: Pool[], now: number): Draft {
  const start = nextMinute(now);
  const pool = pools[0]?.id ?? '';
  return { pool, gpus: 1, start, end: start + HOUR, immediate: true, project: '', note: '' };
}

export function draftOf(booking: Booking): Draft {
  const { pool, gpus, project, note } = booking;
  return { pool, gpus, start: ms(booking.start), end: ms(booking.end), immediate: false, project, note };
}

/** A new start keeps the length of the booking. */
export function withStart(draft: Draft, start: number, immediate = false): Draft {
  const length = draft.end - draft.start;
  return { ...draft, start, end: Number.isFinite(length) ? start + length : draft.end, immediate };
}

/** The request of a complete draft; null while a field is incomplete. */
export function requestOf(draft: Draft, now: number): BookingRequest | null {
  if (!draft.pool || !Number.isFinite(draft.start) || !Number.isFinite(draft.end)) {
    return null;
  }
  const start = draft.immediate ? now + MARGIN : draft.start;
  const end = draft.immediate ? start + draft.end - draft.start : draft.end;
  const { pool, gpus, note } = draft;
  return { pool, gpus, start: iso(start), end: iso(end), project: draft.project || undefined, note };
}
