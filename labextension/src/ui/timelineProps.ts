/** What a view of the calendar is given, as a timeline or as tables. */

import type { Booking, Calendar } from '../api';

export interface Pick {
  pool: string;
  gpus: number;
  start: number;
  end: number;
}

export interface TimelineProps {
  calendar: Calendar;
  /** The shown interval, in milliseconds since 1970. */
  start: number;
  end: number;
  now: number;
  onPick: (pick: Pick) => void;
  onOpen: (booking: Booking) => void;
  /** A booking of the user was dragged to another start; it is only proposed, nothing has changed yet. */
  onMove: (booking: Booking, start: number) => void;
}
