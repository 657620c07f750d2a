/** Which days the calendar shows, how many of them, and as what. */

import * as React from 'react';

import { HOUR, addDays, addMonths, date, fromInput, snap, startOfDay, toDateInput } from '../../src/ui/time';

/** How much is shown at once; half a day begins with the hour before now. */
const LENGTHS = {
  half: { label: '12 h', after: (start: number, n: number) => start + n * 12 * HOUR },
  day: { label: 'Day', after: (start: number, n: number) => addDays(start, n) },
  three: { label: '3 days', after: (start: number, n: number) => addDays(start, 3 * n) },
  week: { label: 'Week', after: (start: number, n: number) => addDays(start, 7 * n) },
  month: { label: 'Month', after: (start: number, n: number) => addMonths(start, n) }
};

export type Length = keyof typeof LENGTHS;

export interface View {
  length: Length;
  /** Start of the interval; null follows the present. */
  start: number | null;
}

export function rangeOf(view: View, now: number): { start: number; end: number } {
  const start = view.start ?? (view.length === 'half' ? snap(now, HOUR) - HOUR : startOfDay(now));
  return { start, end: LENGTHS[view.length].after(start, 1) };
}

function stepped(view: View, now: number, sign: 1 | -1): View {
  const { start } = rangeOf(view, now);
  // Half a day is left by halves, so that what crosses its edge is seen whole.
  return { ...view, start: LENGTHS[view.length].after(start, view.length === 'half' ? sign / 2 : sign) };
}

export interface ControlsProps {
  view: View;
  now: number;
  table: boolean;
  setView: (view: View) => void;
  setTable: (table: boolean) => void;
}

export function Controls({ view, now, table, setView, setTable }: ControlsProps): JSX.Element {
  const { start, end } = rangeOf(view, now);
  const days = startOfDay(start) === startOfDay(end - 1) ? date(start) : `${date(start)} – ${date(end - 1)}`;
  const goTo = (value: string) => {
    const day = fromInput(value);
    if (Number.isFinite(day)) {
      setView({ ...view, start: day });
    }
  };
  return (
    <div className="portal-Controls">
      <div className="portal-Group" role="group" aria-label="Days shown">
        <button type="button" className="maia-Button" aria-label="Earlier" onClick={() => setView(stepped(view, now, -1))}>
          ‹
        </button>
        <button type="button" className="maia-Button" onClick={() => setView({ ...view, start: null })}>
          Today
        </button>
        <button type="button" className="maia-Button" aria-label="Later" onClick={() => setView(stepped(view, now, 1))}>
          ›
        </button>
        <input type="date" aria-label="First day shown" value={toDateInput(start)} onChange={e => goTo(e.target.value)} />
      </div>
      <strong className="portal-Controls-range" aria-live="polite">
        {days}
      </strong>
      <div className="portal-Group" role="group" aria-label="Zoom">
        {Object.entries(LENGTHS).map(([length, { label }]) => (
          <button
            key={length}
            type="button"
            className="maia-Chip"
            aria-pressed={view.length === length}
            onClick={() => setView({ start: view.start === null ? null : startOfDay(view.start), length: length as Length })}
          >
            {label}
          </button>
        ))}
      </div>
      <button type="button" className="maia-Chip" aria-pressed={table} onClick={() => setTable(!table)}>
        Table view
      </button>
    </div>
  );
}
