/** The controls of the calendar: which days, how many of them, and as what. */

import * as React from 'react';

import { useTrans } from '../ui';
import { date, fromInput, startOfDay, toDateInput } from '../ui/time';
import { LENGTHS, Length, View, rangeOf, stepped } from './view';

export interface ControlsProps {
  view: View;
  now: number;
  setView: (view: View) => void;
}

function Days({ view, now, setView }: ControlsProps): JSX.Element {
  const trans = useTrans();
  const { start } = rangeOf(view, now);
  const goTo = (value: string) => {
    const day = fromInput(value);
    if (Number.isFinite(day)) {
      setView({ ...view, start: day });
    }
  };
  return (
    <div className="maia-Group" role="group" aria-label={trans.__('Days shown')}>
      <button
        type="button"
        className="maia-Button"
        aria-label={trans.__('Earlier')}
        onClick={() => setView(stepped(view, now, -1))}
      >
        ‹
      </button>
      <button type="button" className="maia-Button" onClick={() => setView({ ...view, start: null })}>
        {trans.__('Today')}
      </button>
      <button
        type="button"
        className="maia-Button"
        aria-label={trans.__('Later')}
        onClick={() => setView(stepped(view, now, 1))}
      >
        ›
      </button>
      <input
        type="date"
        aria-label={trans.__('First day shown')}
        value={toDateInput(start)}
        onChange={e => goTo(e.target.value)}
      />
    </div>
  );
}

export function Controls({ view, now, setView }: ControlsProps): JSX.Element {
  const trans = useTrans();
  const { start, end } = rangeOf(view, now);
  const days = startOfDay(start) === startOfDay(end - 1) ? date(start) : `${date(start)} – ${date(end - 1)}`;
  const labels: Record<Length, string> = {
    half: trans.__('12 h'),
    day: trans.__('Day'),
    three: trans.__('3 days'),
    week: trans.__('Week'),
    month: trans.__('Month')
  };
  const from = view.start === null ? null : startOfDay(view.start);
  return (
    <div className="maia-Controls">
      <Days view={view} now={now} setView={setView} />
      <strong className="maia-Controls-range" aria-live="polite">
        {days}
      </strong>
      <div className="maia-Group" role="group" aria-label={trans.__('Zoom')}>
        {LENGTHS.map(length => (
          <button
            key={length}
            type="button"
            className="maia-Chip"
            aria-pressed={view.length === length}
            onClick={() => setView({ ...view, start: from, length })}
          >
            {labels[length]}
          </button>
        ))}
      </div>
      <button
        type="button"
        className="maia-Chip"
        aria-pressed={view.table}
        onClick={() => setView({ ...view, table: !view.table })}
      >
        {trans.__('Table view')}
      </button>
    </div>
  );
}
