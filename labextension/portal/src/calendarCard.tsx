/** The calendar with its controls: which days, how many, as a timeline or as tables. */

import * as React from 'react';

import { Calendar } from '../../src/api';
import { CalendarTable, ErrorText, Handlers, Legend, Timeline, useNow } from '../../src/ui';
import { MINUTE, iso } from '../../src/ui/time';
import { Controls, View, rangeOf } from './calendarControls';
import { useLoaded } from './live';
import { useServices } from './services';
import { ZoneChoice } from './zone';

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

export type CalendarCardProps = Handlers & {
  /** Changes whenever anybody's booking does. */
  version: number | null;
};

/** Which projects have no colour; the same object as long as nobody presses one. */
function useQuiet() {
  const [quiet, onQuiet] = React.useState<ReadonlySet<string>>(new Set<string>());
  return { quiet, onQuiet };
}

export function CalendarCard(props: CalendarCardProps): JSX.Element {
  const { api, clock } = useServices();
  const now = useNow(clock, MINUTE);
  const narrow = window.innerWidth < 700;
  const [view, setView] = React.useState<View>({ length: narrow ? 'half' : 'three', start: null });
  const [table, setTable] = React.useState(false);
  const { start, end } = rangeOf(view, now);
  const calendar = useLoaded<Calendar>(() => api.calendar(iso(start), iso(end)), [api, start, end, props.version]);
  const colours = useQuiet();
  const shared = { start, end, now, onPick: props.onPick, onOpen: props.onOpen };
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
          <Timeline calendar={calendar.value} quiet={colours.quiet} onChange={props.onChange} {...shared} />
        </div>
      )}
      {!table && calendar.value && <Legend calendar={calendar.value} {...colours} />}
      <p className="portal-Hint">
        {!table && 'Click a free spot for an hour, or drag over the time you need. Drag a booking of yours to move it, or its edges. '}
        <ZoneChoice />
      </p>
    </section>
  );
}
