/** The axis of the timeline: days, hours and the line of now. */

import * as React from 'react';

import { useTrans } from './text';
import { DAY, HOUR, addDays, clockTime, date, dayOfMonth, hourOf, startOfDay, weekdayOrMonth } from './time';

export interface AxisProps {
  start: number;
  end: number;
  now: number;
}

/** Where a moment lies, in per cent of the shown interval, kept inside it. */
export function percent(time: number, { start, end }: { start: number; end: number }): number {
  return (100 * Math.min(Math.max(time - start, 0), end - start)) / (end - start);
}

function days({ start, end }: AxisProps): number[] {
  const found: number[] = [];
  for (let day = startOfDay(start); day < end; day = addDays(day, 1)) {
    found.push(day);
  }
  return found;
}

/** Full hours at a distance that leaves room for their text. */
function hours(props: AxisProps): number[] {
  const length = props.end - props.start;
  const step = length <= 1.1 * DAY ? 2 : length <= 3.1 * DAY ? 6 : length <= 8 * DAY ? 12 : 24;
  return days(props)
    .flatMap(day => Array.from({ length: 24 / step }, (_, i) => hourOf(day, i * step)))
    .filter(hour => hour > props.start && hour < props.end);
}

export function Axis(props: AxisProps): JSX.Element {
  const length = props.end - props.start;
  const long = length > 8 * DAY;
  const shown = hours(props).filter(hour => length <= DAY * 3.1 || startOfDay(hour) !== hour);
  return (
    <div className="maia-Axis" aria-hidden="true">
      <div className="maia-Axis-track">
        {days(props).map(day => (
          <span
            key={day}
            className={`maia-Axis-day${day === startOfDay(props.now) ? ' maia-mod-today' : ''}`}
            style={{
              left: `${percent(day, props)}%`,
              width: `${percent(addDays(day, 1), props) - percent(day, props)}%`
            }}
          >
            {long ? dayOfMonth(day) : date(day)}
          </span>
        ))}
        {long &&
          days(props).map(day => (
            <span key={day} className="maia-Axis-hour" style={{ left: `${percent(day, props)}%` }}>
              {weekdayOrMonth(day)}
            </span>
          ))}
        {!long &&
          shown.map(hour => (
            <span key={hour} className="maia-Axis-hour" style={{ left: `${percent(hour, props)}%` }}>
              {clockTime(hour)}
            </span>
          ))}
      </div>
    </div>
  );
}

/** Lines behind the lanes; the past is shaded, for nothing can be booked there. */
export function DayLines(props: AxisProps): JSX.Element {
  const trans = useTrans();
  const shows = props.now > props.start && props.now < props.end;
  return (
    <div className="maia-Lines" aria-hidden="true">
      {hours(props).map(hour => (
        <i
          key={hour}
          className={startOfDay(hour) === hour ? 'maia-mod-day' : ''}
          style={{ left: `${percent(hour, props)}%` }}
        />
      ))}
      {props.now > props.start && <div className="maia-Past" style={{ width: `${percent(props.now, props)}%` }} />}
      {shows && (
        <div className="maia-NowLine" style={{ left: `${percent(props.now, props)}%` }} title={trans.__('Now')} />
      )}
    </div>
  );
}

/** The step to which clicks and drags snap, finer where a day fills the width. */
export function stepOf(start: number, end: number): number {
  const length = end - start;
  return length <= 1.1 * DAY ? HOUR / 4 : length <= 3.1 * DAY ? HOUR / 2 : HOUR;
}
