/** My bookings: running, coming, past. */

import * as React from 'react';

import { Booking, State } from '../../src/api';
import { BookingActions, stateText } from '../../src/bookings';
import { Countdown, SimulatedBadge, useNow, useTrans } from '../../src/ui';
import { DAY, addDays, duration, iso, ms, span, startOfDay } from '../../src/ui/time';
import { useLoaded } from './live';
import { useServices } from './services';
import { MyWaitlist } from './waitlist';

interface CardProps {
  booking: Booking;
  now: number;
  simulated: boolean;
  /** A server already uses it. */
  used: boolean;
  onMove: (booking: Booking) => void;
}

function BookingCard({ booking, now, simulated, used, onMove }: CardProps): JSX.Element {
  const { clock, hub } = useServices();
  const start = ms(booking.start);
  const end = ms(booking.end);
  const running = start <= now;
  return (
    <li className="portal-Booking" data-booking={booking.id}>
      <div className="portal-Booking-main">
        <strong>
          {booking.gpus > 1 && `${booking.gpus} × `}
          {booking.product} <SimulatedBadge simulated={simulated} product={booking.product} />
        </strong>
        <span>
          {span(start, end, now)} <small>({duration(end - start)})</small>
        </span>
        <small>
          {booking.node}
          {booking.series && ', repeats'}
          {booking.of_class && `, class ${booking.of_class.name}, group ${booking.of_class.group}`}
          {booking.project !== 'default' && `, project ${booking.project}`}
          {booking.note && `, “${booking.note}”`}
        </small>
      </div>
      <div className="portal-Booking-left">
        <Countdown clock={clock} to={running ? end : start} />
        <small>{running ? 'left' : 'until it begins'}</small>
      </div>
      <div className="portal-Booking-do">
        {running && !used && (
          <a className="maia-Button maia-mod-primary" href={`${hub}spawn`}>
            Start JupyterLab with it
          </a>
        )}
        <BookingActions booking={booking} onMove={onMove} />
      </div>
    </li>
  );
}

function Past({ bookings, now }: { bookings: Booking[]; now: number }): JSX.Element | null {
  const trans = useTrans();
  if (!bookings.length) {
    return null;
  }
  return (
    <details className="portal-PastList">
      <summary>
        Past bookings ({bookings.length}{bookings.length === 50 ? ' latest' : ''})
      </summary>
      <ul>
        {bookings.map(booking => (
          <li key={booking.id}>
            <span>{span(ms(booking.start), ms(booking.end), now)}</span>
            <small>
              {booking.gpus} × {booking.product}, {stateText(trans, booking)}
            </small>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** So many are shown at first: who has a series for a year looks for the next ones. */
const FIRST = 12;

export interface MyBookingsProps {
  state: State | null;
  onMove: (booking: Booking) => void;
  onBook: () => void;
}

function usePast(state: State | null, now: number): Booking[] {
  const { api } = useServices();
  const today = startOfDay(now);
  const load = () => api.bookings({ mine: true, start: iso(addDays(today, -90)), end: iso(today + 90 * DAY), state: ['ended'] });
  const { value } = useLoaded(load, [api, today, state?.calendar_version]);
  const ended = (value ?? []).filter(booking => booking.mine && booking.state === 'ended');
  return ended.sort((a, b) => ms(b.start) - ms(a.start)).slice(0, 50);
}

export function MyBookings({ state, onMove, onBook }: MyBookingsProps): JSX.Element {
  const { clock } = useServices();
  const now = useNow(clock);
  const past = usePast(state, now);
  const [all, setAll] = React.useState(false);
  // What is only offered stands below, with its buttons.
  const offered = new Set((state?.waitlist ?? []).map(entry => entry.booking?.id));
  const live = (state?.bookings ?? [])
    .filter(booking => booking.state !== 'ended' && ms(booking.end) > now && !offered.has(booking.id))
    .sort((a, b) => ms(a.start) - ms(b.start));
  const simulated = (booking: Booking) => state?.pools.find(pool => pool.id === booking.pool)?.simulated ?? false;
  const used = (booking: Booking) => state?.sessions.some(session => session.booking === booking.id) ?? false;
  return (
    <section className="portal-Card" aria-labelledby="my-bookings">
      <h2 id="my-bookings">My bookings</h2>
      {!state && <div className="maia-Skeleton" />}
      {state && live.length === 0 && (
        <div className="portal-Empty">
          <p>You have no booking now. Book a GPU, and your JupyterLab gets it when the time comes.</p>
          <button type="button" className="maia-Button" onClick={onBook}>
            Book a GPU
          </button>
        </div>
      )}
      <ul className="portal-Bookings">
        {(all ? live : live.slice(0, FIRST)).map(booking => (
          <BookingCard
            key={booking.id}
            booking={booking}
            now={now}
            simulated={simulated(booking)}
            used={used(booking)}
            onMove={onMove}
          />
        ))}
      </ul>
      {!all && live.length > FIRST && (
        <button type="button" className="maia-Button" onClick={() => setAll(true)}>
          Show all {live.length}
        </button>
      )}
      <MyWaitlist state={state} />
      <Past bookings={past} now={now} />
    </section>
  );
}
