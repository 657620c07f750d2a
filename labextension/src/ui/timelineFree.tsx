/** How many GPUs of a pool are free over time, as a band above its machines: the capacity that is left at a glance. */

import * as React from 'react';

import { PoolCalendar } from '../api';
import { FreeStretch, stretches } from './calendarTable';
import { useTrans } from './text';
import { moment } from './time';
import { percent } from './timelineAxis';
import type { Drawing, Stretch } from './timelineProps';

/** A stretch shorter than this part of the width, in per cent, has no room for its number. */
const ROOM = 3.2;

/** The upper edge of the band as one path, in per cent of the width and of all GPUs: thousands of steps cost one element. */
export function freePath(found: FreeStretch[], capacity: number, drawing: Stretch): string {
  const steps = found.map(({ end, free }) => {
    const height = 100 - (100 * free) / Math.max(capacity, 1);
    return `V${height.toFixed(1)}H${percent(end, drawing).toFixed(3)}`;
  });
  return found.length ? `M${percent(found[0].start, drawing).toFixed(3)} 100${steps.join('')}V100Z` : '';
}

/** Neighbours of the same number are one, so that the number stands once. */
export function merged(found: FreeStretch[]): FreeStretch[] {
  const all: FreeStretch[] = [];
  for (const one of found) {
    const last = all[all.length - 1];
    if (last && last.free === one.free && last.end === one.start) {
      last.end = one.end;
    } else {
      all.push({ ...one });
    }
  }
  return all;
}

export function FreeBand({ calendar, drawing }: { calendar: PoolCalendar; drawing: Drawing }): JSX.Element | null {
  const trans = useTrans();
  const { pool } = calendar;
  const found = merged(stretches(calendar, drawing.start, drawing.end, drawing.now));
  if (!found.length) {
    return null;
  }
  const least = found.reduce((a, b) => (b.free < a.free ? b : a));
  const most = found.reduce((a, b) => (b.free > a.free ? b : a));
  const when = ({ start }: FreeStretch) => moment(start, drawing.now);
  const text = trans.__(
    'Free of %1 GPUs: %2 at first, fewest %3 from %4, most %5 from %6',
    ...[pool.capacity, found[0].free, least.free, when(least), most.free, when(most)]
  );
  return (
    <div className="maia-Free" role="img" aria-label={text} title={text}>
      <div className="maia-Free-name">{trans.__('Free')}</div>
      <div className="maia-Free-track">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none">
          <path d={freePath(found, pool.capacity, drawing)} />
        </svg>
        {found.map(({ start, end, free }) => {
          const left = percent(start, drawing);
          const width = percent(end, drawing) - left;
          const shown = width >= ROOM;
          return shown || !free ? (
            <span key={start} className={free ? '' : 'maia-mod-full'} style={{ left: `${left}%`, width: `${width}%` }}>
              {shown && (free || trans.__('full'))}
            </span>
          ) : null;
        })}
      </div>
    </div>
  );
}
