/** What the colours and patterns of the timeline mean; a press takes a project's colour away, and gives it back. */

import * as React from 'react';

import { Calendar } from '../api';
import { Look, NO_PROJECT, looksOf } from './projectColours';
import { useTrans } from './text';

/** How many bookings each project has in the calendar, by name; who is in no project comes last. */
export function projectsOf(calendar: Calendar): [string, number][] {
  const counts = new Map<string, number>();
  for (const booking of calendar.pools.flatMap(pool => pool.bookings)) {
    if (booking.cause !== 'cancelled') {
      counts.set(booking.project, (counts.get(booking.project) ?? 0) + 1);
    }
  }
  const last = ([name]: [string, number]) => (name === NO_PROJECT ? '\uffff' : name);
  return [...counts].sort((a, b) => last(a).localeCompare(last(b)));
}

function Swatch({ look }: { look?: Look }): JSX.Element {
  const style = { '--maia-project': look?.colour } as React.CSSProperties;
  return <i className={`maia-Swatch maia-pattern-${look?.pattern ?? 'none'}`} style={style} aria-hidden="true" />;
}

export interface LegendProps {
  calendar: Calendar;
  /** Projects whose colours are taken away, so that the others stand out. */
  quiet: ReadonlySet<string>;
  onQuiet: (quiet: ReadonlySet<string>) => void;
}

export function Legend({ calendar, quiet, onQuiet }: LegendProps): JSX.Element {
  const trans = useTrans();
  const counted = projectsOf(calendar);
  const keeps = calendar.pools.some(pool => pool.outages.some(outage => outage.kept));
  const looks = looksOf(counted.map(([name]) => name));
  const toggle = (name: string) => {
    const next = new Set(quiet);
    if (!next.delete(name)) {
      next.add(name);
    }
    onQuiet(next);
  };
  return (
    <div className="maia-Legend">
      {counted.length > 0 && (
        <div className="maia-Legend-projects" role="group" aria-label={trans.__('Projects in colour')}>
          {counted.map(([name, count]) => (
            <button
              key={name}
              type="button"
              className="maia-Chip"
              aria-pressed={!quiet.has(name)}
              onClick={() => toggle(name)}
            >
              <Swatch look={looks.get(name)} /> {name === NO_PROJECT ? trans.__('no project') : name}{' '}
              <small>{count}</small>
            </button>
          ))}
        </div>
      )}
      <p className="maia-Legend-marks">
        <span>
          <i className="maia-Swatch maia-mod-mine" aria-hidden="true" /> {trans.__('yours')}
        </span>
        <span>
          <i className="maia-Swatch maia-mod-free" aria-hidden="true" /> {trans.__('free GPUs')}
        </span>
        <span>
          <i className="maia-Swatch maia-mod-out" aria-hidden="true" /> {trans.__('out of service')}
        </span>
        {keeps && (
          <span>
            <i className="maia-Swatch maia-mod-kept" aria-hidden="true" /> {trans.__('kept for the waiting list')}
          </span>
        )}
        <span>
          <i className="maia-Swatch maia-mod-now" aria-hidden="true" /> {trans.__('now')}
        </span>
      </p>
    </div>
  );
}
