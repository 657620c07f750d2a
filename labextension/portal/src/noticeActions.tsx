/** What can be done at once about a notice of a booking: keep it, release it, take the nearest slot like it. */

import * as React from 'react';

import { Notice, Slot, State } from '../../src/api';
import { moment, ms, span } from '../../src/ui/time';
import { useLoaded } from './live';
import { useServices } from './services';
import { useSay, useTry } from './toast';

function IdleActions({ booking }: { booking: string }): JSX.Element {
  const { api } = useServices();
  const attempt = useTry();
  return (
    <>
      <button
        type="button"
        className="maia-Button maia-mod-primary"
        onClick={() => void attempt(() => api.keep(booking))}
      >
        Keep it
      </button>
      <button type="button" className="maia-Button" onClick={() => void attempt(() => api.release(booking))}>
        Release it
      </button>
    </>
  );
}

/** Slots come and go with other bookings: they are asked for whenever the calendar has changed. */
function OfferAction({ booking, version }: { booking: string; version: number }): JSX.Element | null {
  const { api, clock } = useServices();
  const say = useSay();
  const attempt = useTry();
  const { value } = useLoaded<Slot[]>(() => api.offers(booking), [api, booking, version]);
  const slot = value?.[0];
  if (!slot) {
    return null;
  }
  const take = () =>
    attempt(async () => {
      const moved = await api.change(booking, { start: slot.start, end: slot.end });
      say({ text: `Your booking is now ${span(ms(moved.start), ms(moved.end), clock.now())}.` });
    });
  return (
    <button type="button" className="maia-Button maia-mod-primary" onClick={() => void take()}>
      Move it to {moment(ms(slot.start), clock.now())}
    </button>
  );
}

export function NoticeActions({ notice, state }: { notice: Notice; state: State }): JSX.Element | null {
  const { clock } = useServices();
  const booking = state.bookings.find(each => each.id === notice.booking && each.state !== 'ended');
  if (!booking) {
    return null;
  }
  if (notice.kind === 'idle') {
    return <IdleActions booking={booking.id} />;
  }
  if (notice.kind === 'endangered' && ms(booking.start) > clock.now()) {
    return <OfferAction booking={booking.id} version={state.calendar_version} />;
  }
  return null;
}
