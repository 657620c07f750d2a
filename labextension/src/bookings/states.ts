/** What a booking is, and what became of it, in words. Pure. */

import { Booking } from '../api';
import type { Words } from '../ui';
import { moment, ms } from '../ui/time';

export function stateText(trans: Words, booking: Booking): string {
  const causes: Record<string, string> = {
    completed: trans.__('completed'),
    released: trans.__('released early'),
    cancelled: trans.__('cancelled'),
    expired: trans.__('ended without having been used'),
    'no-show': trans.__('given back, for nobody used it'),
    revoked: trans.__('revoked'),
    'handed-over': trans.__('handed over'),
    idle: trans.__('given back, for its GPU did nothing')
  };
  const states: Record<Booking['state'], string> = {
    requested: trans.__('requested'),
    confirmed: trans.__('confirmed'),
    active: trans.__('in use'),
    ended: trans.__('ended')
  };
  return booking.cause ? (causes[booking.cause] ?? booking.cause) : states[booking.state];
}

/** What a change does not change: a server whose image cannot follow it. Empty if all follows. */
export function notFollowing(trans: Words, booking: Booking, now: number): string {
  const end = booking.fixed_until && moment(ms(booking.fixed_until), now);
  return end
    ? ` ${trans.__('What runs by it now cannot follow: it ends %1. A server is then restarted with the GPU.', end)}`
    : '';
}
