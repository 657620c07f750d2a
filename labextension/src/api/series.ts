/** Series: bookings that repeat. */

import type { Booking, BookingRequest, Verdict } from './bookings';

export interface SeriesRequest extends BookingRequest {
  /** An RRULE of RFC 5545. */
  rule: string;
  /** The IANA zone whose clock is meant. */
  zone: string;
  /** Days of that zone to leave out, such as "2027-06-30". */
  skip: string[];
  /** Book the dates that can be had; otherwise all or none. */
  partly: boolean;
}

/** One date of a series; `said` tells what a change of the clocks makes of it. */
export interface SeriesDate {
  start: string;
  end: string;
  said: string;
  verdict: Verdict;
}

export interface SeriesCheck {
  zone: string;
  dates: SeriesDate[];
}

export interface Series {
  id: string;
  user: string;
  project: string;
  rule: string;
  zone: string;
  skip: string[];
  created: string;
  bookings: Booking[];
  missing: SeriesDate[];
}
