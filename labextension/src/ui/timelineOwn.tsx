/** One's own bookings above all machines, so that nobody has to look for them; they are changed here as there. */

import * as React from 'react';

import { Booking, Calendar } from '../api';
import { occupiedUntil } from './lanes';
import { useTrans } from './text';
import { ms } from './time';
import { BookingBlock, LANE } from './timelineBlock';
import type { Drawing, Stretch } from './timelineProps';

interface Placed {
  booking: Booking;
  at: Stretch;
  row: number;
}

/** As few rows as there are bookings at the same time. */
export function rowsOf(calendar: Calendar, drawing: Stretch): Placed[] {
  const own = calendar.pools
    .flatMap(pool => pool.bookings)
    .filter(booking => booking.mine && booking.cause !== 'cancelled')
    .map(booking => ({ booking, at: { start: ms(booking.start), end: occupiedUntil(booking) } }))
    .filter(({ at }) => at.end > Math.max(at.start, drawing.start) && at.start < drawing.end)
    .sort((a, b) => a.at.start - b.at.start);
  const busyUntil: number[] = [];
  return own.map(({ booking, at }) => {
    const free = busyUntil.findIndex(until => until <= at.start);
    const row = free < 0 ? busyUntil.length : free;
    busyUntil[row] = at.end;
    return { booking, at, row };
  });
}

export function OwnRows({ calendar, drawing }: { calendar: Calendar; drawing: Drawing }): JSX.Element | null {
  const trans = useTrans();
  const area = React.useRef<HTMLDivElement>(null);
  const placed = rowsOf(calendar, drawing);
  if (!placed.length) {
    return null;
  }
  const rows = Math.max(...placed.map(one => one.row)) + 1;
  return (
    <section className="maia-Own" aria-label={trans.__('Your bookings')}>
      <div className="maia-Node">
        <div className="maia-Node-names">
          <div className="maia-Lane-name" style={{ height: LANE }}>
            <b>{trans.__('Yours')}</b>
          </div>
        </div>
        <div className="maia-Node-lanes" ref={area} style={{ height: rows * LANE }}>
          {placed.map(({ booking, at, row }) => (
            <BookingBlock
              key={booking.id}
              booking={booking}
              at={at}
              lane={row}
              height={1}
              drawing={drawing}
              area={area}
              where={`${booking.gpus > 1 ? `${booking.gpus} × ` : ''}${booking.product}, ${booking.node}`}
            />
          ))}
        </div>
      </div>
    </section>
  );
}
