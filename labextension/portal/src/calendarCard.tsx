/** The calendar with its controls: which days, how many, as a timeline or as tables. */

import * as React from 'react';

import { Calendar } from '../../src/api';
import { CalendarTable, ErrorText, Timeline, TimelineProps, useNow } from '../../src/ui';
import { HOUR, MINUTE, addDays, date, iso, snap, startOfDay } from '../../src/ui/time';
import { useLoaded } from './live';
import { useServices } from './services';

/** Lengths to choose from, in days; half a day begins with the hour before now. */
const ZOOMS = [
  { days: 0.5, label: '12 h' },
  { days: 1, label: 'Day' },
  { days: 3, label: '3 days' },
  { days: 7, label: 'Week' },
  { days: 14, label: '2 weeks' }
];

interface View {
  days: number;
  /** Start of the interval; null follows the present. */
  start: number | null;
}

function rangeOf(view: View, now: number): { start: number; end: number } {
  const start = view.start ?? (view.days < 1 ? snap(now, HOUR) - HOUR : startOfDay(now));
  return { start, end: view.days < 1 ? start + 12 * HOUR : addDays(start, view.days) };
}

function stepped(view: View, now: number, sign: number): View {
  const { start } = rangeOf(view, now);
  return { ...view, start: view.days < 1 ? start + sign * 6 * HOUR : addDays(start, sign * view.days) };
}

interface ControlsProps {
  view: View;
  now: number;
  table: boolean;
  setView: (view: View) => void;
  setTable: (table: boolean) => void;
}

function Controls({ view, now, table, setView, setTable }: ControlsProps): JSX.Element {
  const { start, end } = rangeOf(view, now);
  const days = startOfDay(start) === startOfDay(end - 1) ? date(start) : `${date(start)} – ${date(end - 1)}`;
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
      </div>
      <strong className="portal-Controls-range" aria-live="polite">
        {days}
      </strong>
      <div className="portal-Group" role="group" aria-label="Zoom">
        {ZOOMS.map(({ days, label }) => (
          <button
            key={label}
            type="button"
            className="maia-Chip"
            aria-pressed={view.days === days}
            onClick={() => setView({ start: view.start === null ? null : startOfDay(view.start), days })}
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

function Legend(): JSX.Element {
  return (
    <p className="portal-Legend">
      <span>
        <i className="portal-mod-mine" /> yours
      </span>
      <span>
        <i className="portal-mod-taken" /> taken
      </span>
      <span>
        <i className="portal-mod-out" /> out of service
      </span>
      <span className="portal-Legend-hint">Click a free spot for an hour, or drag over the time you need.</span>
    </p>
  );
}

function Skeletons(): JSX.Element {
  return (
    <div aria-busy="true" role="status">
      <span className="maia-visuallyHidden">Loading the calendar</span>
      {[0, 1, 2].map(n => (
        <div key={n} className="portal-Skeleton" />
      ))}
    </div>
  );
}

export type CalendarCardProps = Pick<TimelineProps, 'onPick' | 'onOpen' | 'onMove'> & {
  /** Changes whenever anybody's booking does. */
  version: number | null;
};

export function CalendarCard(props: CalendarCardProps): JSX.Element {
  const { api, clock } = useServices();
  const now = useNow(clock, MINUTE);
  const narrow = window.innerWidth < 700;
  const [view, setView] = React.useState<View>({ days: narrow ? 0.5 : 3, start: null });
  const [table, setTable] = React.useState(false);
  const { start, end } = rangeOf(view, now);
  const calendar = useLoaded<Calendar>(() => api.calendar(iso(start), iso(end)), [api, start, end, props.version]);
  const shared = { start, end, now, onPick: props.onPick, onOpen: props.onOpen, onMove: props.onMove };
  return (
    <section className="portal-Card" aria-labelledby="calendar">
      <h2 id="calendar" className="maia-visuallyHidden">
        Calendar
      </h2>
      <Controls view={view} now={now} table={table} setView={setView} setTable={setTable} />
      {calendar.error !== null && (
        <p className="maia-Error" role="alert">
          <ErrorText error={calendar.error} />{' '}
          <button type="button" className="maia-Button" onClick={calendar.reload}>
            Try again
          </button>
        </p>
      )}
      {!calendar.value && calendar.error === null && <Skeletons />}
      {calendar.value && calendar.value.pools.length === 0 && <p>No GPUs are known to this hub.</p>}
      {calendar.value && table && <CalendarTable calendar={calendar.value} {...shared} />}
      {calendar.value && !table && (
        <div className="portal-Scroll">
          <Timeline calendar={calendar.value} {...shared} />
        </div>
      )}
      {!table && <Legend />}
    </section>
  );
}
