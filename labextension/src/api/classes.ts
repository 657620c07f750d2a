/** Classes: groups of students that have GPUs at the same times. */

import type { Booking, Verdict } from './bookings';

export interface ClassRequest {
  name: string;
  project: string;
  pool: string;
  /** For each group. */
  gpus: number;
  /** The first date. */
  start: string;
  end: string;
  /** An RRULE of RFC 5545. */
  rule: string;
  zone: string;
  skip: string[];
  /** A list of students as text (CSV): group and user name. */
  roster: string;
  staff: string[];
  /** Leave dates out that not all groups can have; otherwise all or none. */
  partly: boolean;
}

export interface RosterFault {
  line: number;
  message: string;
  given: string;
}

export interface ClassGroup {
  name: string;
  members: string[];
}

/** A date as it would be; `nodes` are those of the groups by their names. */
export interface ClassDate {
  start: string;
  end: string;
  said: string;
  verdict: Verdict;
  nodes: Record<string, string>;
}

export interface ClassCheck {
  zone: string;
  faults: RosterFault[];
  /** Students whom the hub does not know: they may sign in later. */
  warnings: RosterFault[];
  /** Of the staff those whom the hub does not know. */
  strange_staff: string[];
  /** Whether that is known of all. */
  hub_asked: boolean;
  groups: ClassGroup[];
  dates: ClassDate[];
}

export interface Class {
  id: string;
  name: string;
  project: string;
  teacher: string;
  staff: string[];
  role: 'lead' | 'staff' | 'member';
  group: string | null;
  pool: string;
  product: string;
  gpus: number;
  rule: string;
  zone: string;
  skip: string[];
  created: string;
  ended: string | null;
  /** Members see their own alone. */
  groups: ClassGroup[];
  left: number;
  next: string | null;
  may: ('change' | 'end')[];
  roster: string;
  /** Left out of a list of classes. */
  bookings: Booking[];
  missing: ClassDate[];
  etag: string;
}

export interface ClassChange {
  roster?: string;
  staff?: string[];
}
