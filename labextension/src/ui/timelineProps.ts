/** What a view of the calendar is given, as a timeline or as tables. */

import type { Booking, Calendar } from '../api';
import type { Look } from './projectColours';

export interface Pick {
  pool: string;
  gpus: number;
  start: number;
  end: number;
}

/** Start and end in milliseconds since 1970. */
export interface Stretch {
  start: number;
  end: number;
}

export interface Handlers {
  onPick: (pick: Pick) => void;
  onOpen: (booking: Booking) => void;
  /** A booking of the user was given another start or end, by pointer or keyboard; resolves to whether it has it now. */
  onChange: (booking: Booking, to: Stretch) => Promise<boolean>;
}

export interface TimelineProps extends Stretch, Handlers {
  calendar: Calendar;
  now: number;
  /** Projects that are shown without their colour. */
  quiet?: ReadonlySet<string>;
}

/** What every part of the timeline needs; only what changes with the calendar or the view makes it draw anew. */
export interface Drawing extends Stretch {
  now: number;
  looks: Map<string, Look>;
  quiet: ReadonlySet<string>;
  /** Always the same object. */
  handlers: Handlers & {
    /** Tell people who use a screen reader. */
    say: (text: string) => void;
  };
}
