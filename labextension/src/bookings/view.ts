/** Which days the calendar shows, how many of them, and as what; and the text by which an address or a browser keeps it. */

import { HOUR, addDays, addMonths, fromInput, snap, startOfDay, toInput } from '../ui/time';

type Stepped = (start: number, n: number) => number;

/** Where the interval goes that begins at `start`, and the next ones; half a day begins with the hour before now. */
const AFTER = {
  half: (start, n) => start + n * 12 * HOUR,
  day: (start, n) => addDays(start, n),
  three: (start, n) => addDays(start, 3 * n),
  week: (start, n) => addDays(start, 7 * n),
  month: (start, n) => addMonths(start, n)
} satisfies Record<string, Stepped>;

export type Length = keyof typeof AFTER;

export const LENGTHS = Object.keys(AFTER) as Length[];

export interface View {
  length: Length;
  /** Start of the interval; null follows the present. */
  start: number | null;
  /** As tables instead of a timeline. */
  table: boolean;
  /** Projects that are shown without their colour. */
  quiet: ReadonlySet<string>;
}

export function rangeOf({ length, start: chosen }: View, now: number): { start: number; end: number } {
  const start = chosen ?? (length === 'half' ? snap(now, HOUR) - HOUR : startOfDay(now));
  return { start, end: AFTER[length](start, 1) };
}

export function stepped(view: View, now: number, sign: 1 | -1): View {
  const { start } = rangeOf(view, now);
  // Half a day is left by halves, so that what crosses its edge is seen whole.
  return { ...view, start: AFTER[view.length](start, view.length === 'half' ? sign / 2 : sign) };
}

/** A view as `show=week&from=2026-11-25T00:00&as=table&quiet=vision`. */
export function textOf(view: View): string {
  const parts = new URLSearchParams({ show: view.length });
  if (view.start !== null) {
    parts.set('from', toInput(view.start));
  }
  if (view.table) {
    parts.set('as', 'table');
  }
  [...view.quiet].sort().forEach(name => parts.append('quiet', name));
  return parts.toString();
}

/** The view that such a text names; null if it names none. */
export function viewOf(text: string): View | null {
  const parts = new URLSearchParams(text);
  const length = LENGTHS.find(one => one === parts.get('show'));
  const start = fromInput(parts.get('from') ?? '');
  const quiet = new Set(parts.getAll('quiet'));
  return length ? { length, start: Number.isFinite(start) ? start : null, table: parts.get('as') === 'table', quiet } : null;
}

const KEY = 'maia-calendar';

/** How this browser has last looked at the calendar, today; half a day on a phone that has not yet. */
export function lastView(): View {
  const length = window.innerWidth < 700 ? 'half' : 'three';
  const fresh: View = { length, start: null, table: false, quiet: new Set() };
  return viewOf(localStorage.getItem(KEY) ?? '') ?? fresh;
}

/** Keeps how the calendar is looked at. Not from when: who comes back another day wants to see that day. */
export function keepView(view: View): void {
  localStorage.setItem(KEY, textOf({ ...view, start: null }));
}
