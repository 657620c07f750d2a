/** The timeline as tables: for screen readers, and for whoever likes lists better. */

import * as React from 'react';

import { Booking, PoolCalendar } from '../api';
import { occupiedUntil } from './lanes';
import { useWords } from './text';
import type { Pick, TimelineProps } from './timeline';
import { HOUR, duration, moment, ms, nextMinute } from './time';

interface Stretch {
  start: number;
  end: number;
  free: number;
}

/** The profile of free GPUs as stretches of constant number, inside the shown interval and not in the past. */
export function stretches(calendar: PoolCalendar, start: number, end: number, now: number): Stretch[] {
  const points = calendar.profile.map(point => ({ at: ms(point.at), free: point.free }));
  return points
    .map((point, i) => ({
      start: Math.max(point.at, start, now),
      end: Math.min(points[i + 1]?.at ?? end, end),
      free: point.free
    }))
    .filter(stretch => stretch.end > stretch.start);
}

function FreeRow({ stretch, pool, now, onPick }: { stretch: Stretch; pool: string; now: number; onPick: (pick: Pick) => void }): JSX.Element {
  const words = useWords();
  const start = nextMinute(stretch.start);
  const length = Math.min(HOUR, stretch.end - start);
  return (
    <tr>
      <td>{moment(stretch.start, now)}</td>
      <td>{moment(stretch.end, now)}</td>
      <td>{words._n('%1 GPU free', '%1 GPUs free', stretch.free)}</td>
      <td>
        {stretch.free > 0 && length > 0 && (
          <button
            type="button"
            className="maia-Button"
            onClick={() => onPick({ pool, gpus: 1, start, end: start + length })}
            aria-label={words.__('Book from %1', moment(start, now))}
          >
            {words.__('Book')}
          </button>
        )}
      </td>
    </tr>
  );
}

function BookingRow({ booking, now, onOpen }: { booking: Booking; now: number; onOpen: (booking: Booking) => void }): JSX.Element {
  const words = useWords();
  const end = occupiedUntil(booking);
  return (
    <tr className={booking.mine ? 'maia-mod-mine' : ''}>
      <td>{moment(ms(booking.start), now)}</td>
      <td>{moment(end, now)}</td>
      <td>
        {booking.mine ? words.__('You') : booking.user}, {words._n('%1 GPU', '%1 GPUs', booking.gpus)},{' '}
        {duration(end - ms(booking.start))}
        {booking.note && <small> {booking.note}</small>}
      </td>
      <td>
        <button type="button" className="maia-Button" onClick={() => onOpen(booking)}>
          {words.__('Details')}
        </button>
      </td>
    </tr>
  );
}

/** A cancelled booking never held anything. */
function shown(calendar: PoolCalendar): Booking[] {
  return calendar.bookings.filter(booking => booking.cause !== 'cancelled');
}

function Head({ third }: { third: string }): JSX.Element {
  const words = useWords();
  return (
    <thead>
      <tr>
        <th scope="col">{words.__('From')}</th>
        <th scope="col">{words.__('To')}</th>
        <th scope="col">{third}</th>
        <th scope="col">
          <span className="maia-visuallyHidden">{words.__('Action')}</span>
        </th>
      </tr>
    </thead>
  );
}

export function CalendarTable(props: TimelineProps): JSX.Element {
  const words = useWords();
  const { start, end, now } = props;
  return (
    <div className="maia-CalendarTable">
      {props.calendar.pools.map(calendar => (
        <section key={calendar.pool.id}>
          <h3 className="maia-Pool-title">{calendar.pool.product}</h3>
          <div className="maia-TableScroll" role="region" aria-label={words.__('%1, table', calendar.pool.product)} tabIndex={0}>
            <table className="maia-Table">
              <caption>{words.__('Free and booked times')}</caption>
              <Head third={words.__('Free')} />
              <tbody>
                {stretches(calendar, start, end, now).map(stretch => (
                  <FreeRow key={stretch.start} stretch={stretch} pool={calendar.pool.id} now={now} onPick={props.onPick} />
                ))}
              </tbody>
              {shown(calendar).length > 0 && <Head third={words.__('Booked')} />}
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
