/** How a booking repeats, as it is typed, and the request it stands for. Pure: no DOM, no network. */

import { BookingRequest, SeriesRequest } from '../api';
import { toInput, zone } from './time';

export type Every = 'never' | 'day' | 'workday' | 'week' | 'fortnight';

export interface Repeat {
  every: Every;
  /** The last day, "2027-06-30"; empty while it is not chosen. */
  until: string;
  /** Days that are left out. */
  skip: string[];
  partly: boolean;
}

export const ONCE: Repeat = { every: 'never', until: '', skip: [], partly: false };

const RULES: Record<Exclude<Every, 'never'>, string> = {
  day: 'FREQ=DAILY',
  workday: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
  week: 'FREQ=WEEKLY',
  fortnight: 'FREQ=WEEKLY;INTERVAL=2'
};

export function dayOf(time: number): string {
  return toInput(time).slice(0, 10);
}

/** The request of a series that begins with `first`; null if it does not repeat, or its end is not chosen. */
export function seriesOf(first: BookingRequest | null, repeat: Repeat): SeriesRequest | null {
  if (!first || repeat.every === 'never' || !repeat.until) {
    return null;
  }
  const rule = `${RULES[repeat.every]};UNTIL=${repeat.until.replace(/-/g, '')}`;
  return { ...first, rule, zone: zone(), skip: repeat.skip, partly: repeat.partly };
}
