/** What is booked, out of service and free over an interval. */

import type { Booking } from './bookings';
import type { Outage, Pool } from './gpus';

export interface FreePoint {
  at: string;
  free: number;
}

export interface PoolCalendar {
  pool: Pool;
  bookings: Booking[];
  outages: Outage[];
  profile: FreePoint[];
}

export interface Calendar {
  now: string;
  start: string;
  end: string;
  pools: PoolCalendar[];
}
