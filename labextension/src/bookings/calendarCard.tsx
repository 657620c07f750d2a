/** The calendar with its controls: which days, how many, as a timeline or as tables. */

import * as React from 'react';

import { Calendar } from '../api';
import { CalendarTable, ErrorText, Handlers, Legend, Timeline, useNow, useTrans } from '../ui';
import { MINUTE, iso } from '../ui/time';
import { useAround } from './around';
import { Controls } from './controls';
import { useLoaded } from './live';
import { View, rangeOf } from './view';

function Skeletons(): JSX.Element {
  const trans = useTrans();
  return (
    <div aria-busy="true" role="status">
      <span className="maia-visuallyHidden">{trans.__('Loading the calendar')}</span>
      {[0, 1, 2].map(n => (
        <div key={n} className="maia-Skeleton" />
      ))}
    </div>
  );
}

export interface CalendarCardProps extends Handlers {
  /** Changes whenever anybody's booking does. */
  version: number | null;
  view: View;
  setView: (view: View) => void;
  className?: string;
  /** The zone in which times are shown, or the choice of it. */
  zone: React.ReactNode;
}

function Failed({ error, again }: { error: unknown; again: () => void }): JSX.Element {
  const trans = useTrans();
  return (
    <p className="maia-Error" role="alert">
      <ErrorText error={error} />{' '}
      <button type="button" className="maia-Button" onClick={again}>
        {trans.__('Try again')}
      </button>
    </p>
  );
}

function Drawn({ calendar, now, ...props }: CalendarCardProps & { calendar: Calendar; now: number }): JSX.Element {
  const trans = useTrans();
  const { view, setView, onPick, onOpen, onChange } = props;
  const shared = { ...rangeOf(view, now), calendar, now, onPick, onOpen };
  if (calendar.pools.length === 0) {
    return <p>{trans.__('No GPUs are known to this hub.')}</p>;
  }
  if (view.table) {
    return <CalendarTable {...shared} />;
  }
  return (
    <>
      <div className="maia-Scroll">
        <Timeline quiet={view.quiet} onChange={onChange} {...shared} />
      </div>
      <Legend calendar={calendar} quiet={view.quiet} onQuiet={quiet => setView({ ...view, quiet })} />
    </>
  );
}

export function CalendarCard(props: CalendarCardProps): JSX.Element {
  const { api, clock } = useAround();
  const trans = useTrans();
  const now = useNow(clock, MINUTE);
  const { view, setView } = props;
  const { start, end } = rangeOf(view, now);
  const calendar = useLoaded<Calendar>(() => api.calendar(iso(start), iso(end)), [api, start, end, props.version]);
  const hint = trans.__('Click a free spot for an hour, or drag over the time you need. Drag a booking of yours to move it, or its edges.');
  return (
    <section className={props.className} aria-labelledby="maia-calendar">
      <h2 id="maia-calendar" className="maia-visuallyHidden">
        {trans.__('Calendar')}
      </h2>
      <Controls view={view} now={now} setView={setView} />
      {calendar.error !== null && <Failed error={calendar.error} again={calendar.reload} />}
      {!calendar.value && calendar.error === null && <Skeletons />}
      {calendar.value && <Drawn {...props} calendar={calendar.value} now={now} />}
      <p className="maia-Hint">
        {!view.table && `${hint} `}
        {props.zone}
      </p>
    </section>
  );
}
