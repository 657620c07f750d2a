/** The timeline as tables: for screen readers, and for whoever likes lists better. */

import * as React from 'react';

import { Booking, PoolCalendar } from '../api';
import { occupiedUntil } from './lanes';
import { purpose } from './quota';
import { useTrans } from './text';
import { HOUR, duration, moment, ms, nextMinute } from './time';
import type { Pick, TimelineProps } from './timelineProps';

export interface FreeStretch {
  start: number;
  end: number;
  free: number;
}

/** The profile of free GPUs as stretches of constant number, inside the shown interval and not in the past. */
export function stretches(calendar: PoolCalendar, start: number, end: number, now: number): FreeStretch[] {
  const points = calendar.profile.map(point => ({ at: ms(point.at), free: point.free }));
  return points
    .map((point, i) => ({
      start: Math.max(point.at, start, now),
      end: Math.min(points[i + 1]?.at ?? end, end),
      free: point.free
    }))
    .filter(stretch => stretch.end > stretch.start);
}

function FreeRow({ stretch, pool, now, onPick }: { stretch: FreeStretch; pool: string; now: number; onPick: (pick: Pick) => void }): JSX.Element {
  const trans = useTrans();
  const start = nextMinute(stretch.start);
  const length = Math.min(HOUR, stretch.end - start);
  return (
    <tr>
      <td>{moment(stretch.start, now)}</td>
      <td>{moment(stretch.end, now)}</td>
      <td>{trans._n('%1 GPU free', '%1 GPUs free', stretch.free)}</td>
      <td>
        {stretch.free > 0 && length > 0 && (
          <button
            type="button"
            className="maia-Button"
            onClick={() => onPick({ pool, gpus: 1, start, end: start + length })}
            aria-label={trans.__('Book from %1', moment(start, now))}
          >
            {trans.__('Book')}
          </button>
        )}
      </td>
    </tr>
  );
}

function BookingRow({ booking, now, onOpen }: { booking: Booking; now: number; onOpen: (booking: Booking) => void }): JSX.Element {
  const trans = useTrans();
  const end = occupiedUntil(booking);
  return (
    <tr className={booking.mine ? 'maia-mod-mine' : ''}>
      <td>{moment(ms(booking.start), now)}</td>
      <td>{moment(end, now)}</td>
      <td>
        {booking.mine ? trans.__('You') : booking.user}, {trans._n('%1 GPU', '%1 GPUs', booking.gpus)},{' '}
        {duration(end - ms(booking.start))}
        {purpose(booking) && `, ${purpose(booking)}`}
        {booking.note && <small> {booking.note}</small>}
      </td>
      <td>
        <button type="button" className="maia-Button" onClick={() => onOpen(booking)}>
          {trans.__('Details')}
        </button>
      </td>
    </tr>
  );
}

/** One's own bookings first; a cancelled booking never held anything. */
function shown(calendar: PoolCalendar): Booking[] {
  const held = calendar.bookings.filter(booking => booking.cause !== 'cancelled');
  return [...held.filter(booking => booking.mine), ...held.filter(booking => !booking.mine)];
}

function Head({ third }: { third: string }): JSX.Element {
  const trans = useTrans();
  return (
    <thead>
      <tr>
        <th scope="col">{trans.__('From')}</th>
        <th scope="col">{trans.__('To')}</th>
        <th scope="col">{third}</th>
        <th scope="col">
          <span className="maia-visuallyHidden">{trans.__('Action')}</span>
        </th>
      </tr>
    </thead>
  );
}

export function CalendarTable(props: Omit<TimelineProps, 'onChange' | 'quiet'>): JSX.Element {
  const trans = useTrans();
  const { start, end, now } = props;
  return (
    <div className="maia-CalendarTable">
      {props.calendar.pools.map(calendar => (
        <section key={calendar.pool.id}>
          <h3 className="maia-Pool-title">{calendar.pool.product}</h3>
          <div className="maia-TableScroll" role="region" aria-label={trans.__('%1, table', calendar.pool.product)} tabIndex={0}>
            <table className="maia-Table">
              <caption>{trans.__('Free and booked times')}</caption>
              <Head third={trans.__('Free')} />
              <tbody>
                {stretches(calendar, start, end, now).map(stretch => (
                  <FreeRow key={stretch.start} stretch={stretch} pool={calendar.pool.id} now={now} onPick={props.onPick} />
                ))}
              </tbody>
              {shown(calendar).length > 0 && <Head third={trans.__('Booked')} />}
              <tbody>
                {shown(calendar).map(booking => (
                  <BookingRow key={booking.id} booking={booking} now={now} onOpen={props.onOpen} />
                ))}
              </tbody>
            </table>
          </div>
        </section>
      ))}
    </div>
  );
}
