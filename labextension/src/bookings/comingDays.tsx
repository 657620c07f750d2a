/** The coming days at a glance, in little room: how many GPUs of a kind are free, and one's own bookings. */

import * as React from 'react';

import { Calendar, Pool, PoolCalendar } from '../api';
import { Pick, PoolOptions, Stretch, freePath, merged, occupiedUntil, percent, stretches, useNow, useTrans } from '../ui';
import { HOUR, MINUTE, addDays, clockTime, date, iso, ms, nextMinute, snap, startOfDay } from '../ui/time';
import { useAround } from './around';
import { useLoaded } from './live';

const DAYS = 7;

interface DayProps {
  day: Stretch;
  calendar: PoolCalendar;
  now: number;
  onPick: (pick: Pick) => void;
}

/** One's own bookings that reach into a stretch. */
function ownOf(calendar: PoolCalendar, within: Stretch): Stretch[] {
  return calendar.bookings
    .filter(booking => booking.mine && booking.cause !== 'cancelled')
    .map(booking => ({ start: ms(booking.start), end: occupiedUntil(booking) }))
    .filter(own => own.end > own.start && own.end > within.start && own.start < within.end);
}

function useDayText({ day, calendar, now }: DayProps, own: Stretch[]): string {
  const trans = useTrans();
  const numbers = stretches(calendar, day.start, day.end, now).map(({ free }) => free);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const free = least === most ? `${most}` : `${least}–${most}`;
  const told = own.map(one => `${clockTime(Math.max(one.start, day.start))} – ${clockTime(Math.min(one.end, day.end))}`);
  const yours = told.length ? `, ${trans.__('yours: %1', told.join(', '))}` : '';
  return `${date(day.start)}: ${trans.__('%1 of %2 GPUs free', free, calendar.pool.capacity)}${yours}. ${trans.__('Book')}`;
}

function Day(props: DayProps): JSX.Element {
  const { day, calendar, now, onPick } = props;
  const own = ownOf(calendar, day);
  const text = useDayText(props, own);
  const free = merged(stretches(calendar, day.start, day.end, now));
  const first = Math.max(day.start, nextMinute(now));
  const at = (event: React.MouseEvent): number => {
    if (event.detail === 0) {
      return nextMinute(free.find(one => one.free > 0)?.start ?? first); // a key, which points nowhere
    }
    const track = event.currentTarget.querySelector('.maia-Day-track') as HTMLElement;
    const box = track.getBoundingClientRect();
    const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 0.999);
    return Math.max(snap(day.start + part * (day.end - day.start), HOUR), first);
  };
  const pick = (event: React.MouseEvent) => {
    const start = at(event);
    onPick({ pool: calendar.pool.id, gpus: 1, start, end: start + HOUR });
  };
  const across = (one: Stretch) => ({
    left: `${percent(one.start, day)}%`,
    width: `${percent(one.end, day) - percent(one.start, day)}%`
  });
  return (
    <button type="button" className="maia-Day" aria-label={text} title={text} onClick={pick}>
      <span className="maia-Day-name">{date(day.start)}</span>
      <span className="maia-Day-track">
        <svg viewBox="0 0 100 100" preserveAspectRatio="none">
          <path d={freePath(free, calendar.pool.capacity, day)} />
        </svg>
        {now > day.start && <i className="maia-Past" style={{ width: `${percent(now, day)}%` }} />}
        {own.map(one => (
          <i key={one.start} className="maia-Day-own" style={across(one)} />
        ))}
        {now > day.start && now < day.end && <i className="maia-NowLine" style={{ left: `${percent(now, day)}%` }} />}
      </span>
    </button>
  );
}

function PoolChoice({ pools, chosen, choose }: { pools: Pool[]; chosen: string; choose: (pool: string) => void }): JSX.Element {
  const trans = useTrans();
  return (
    <label className="maia-Field">
      {trans.__('GPUs shown')}
      <select value={chosen} onChange={event => choose(event.target.value)}>
        <PoolOptions pools={pools} />
      </select>
    </label>
  );
}

export interface ComingDaysProps {
  pools: Pool[];
  /** Changes whenever anybody's booking does. */
  version: number | null;
  onPick: (pick: Pick) => void;
}

export function ComingDays({ pools, version, onPick }: ComingDaysProps): JSX.Element | null {
  const { api, clock } = useAround();
  const trans = useTrans();
  const now = useNow(clock, MINUTE);
  const [wanted, setWanted] = React.useState('');
  const today = startOfDay(now);
  const load = () => api.calendar(iso(today), iso(addDays(today, DAYS)));
  const { value } = useLoaded<Calendar>(load, [api, today, version]);
  const calendar = value?.pools.find(({ pool }) => pool.id === wanted) ?? value?.pools[0];
  if (!calendar) {
    return null;
  }
  return (
    <div className="maia-Days">
      {pools.length > 1 && <PoolChoice pools={pools} chosen={calendar.pool.id} choose={setWanted} />}
      {Array.from({ length: DAYS }, (_, i) => ({ start: addDays(today, i), end: addDays(today, i + 1) })).map(day => (
        <Day key={day.start} day={day} calendar={calendar} now={now} onPick={onPick} />
      ))}
      <small aria-hidden="true">{trans.__('Green: free GPUs. Blue: yours. Click a time to book it.')}</small>
    </div>
  );
}
