/** The dialogs of the bookings page: book or move, and the details of a booking. */

import * as React from 'react';

import { Booking, Pool, Series, WaitlistEntry } from '../../src/api';
import { BookingForm, Dialog, Draft } from '../../src/ui';
import { duration, ms, span } from '../../src/ui/time';
import { BookingActions, notFollowing, stateText } from './bookingActions';
import { useServices } from './services';
import { KeepTemplate } from './templates';
import { useSay, useTry } from './toast';

export interface BookDialogProps {
  pools: Pool[];
  draft: Draft;
  booking?: Booking;
  onClose: () => void;
}

export function BookDialog({ pools, draft, booking, onClose }: BookDialogProps): JSX.Element {
  const { api, clock } = useServices();
  const say = useSay();
  const onDone = (done: Booking, series?: Series) => {
    onClose();
    const now = clock.now();
    const when = span(ms(done.start), ms(done.end), now);
    if (series) {
      const left = series.missing.length ? ` ${series.missing.length} dates were left out.` : '';
      say({ text: `Booked ${series.bookings.length} times: ${done.product}, first ${when}.${left}` });
      return;
    }
    say({ text: `${booking ? 'Changed' : 'Booked'}: ${done.product}, ${when}.${notFollowing(done, now)}` });
  };
  const onWaiting = (entry: WaitlistEntry) => {
    if (entry.booking) {
      return onDone(entry.booking);
    }
    onClose();
    say({ text: `You wait for it: place ${entry.place}. Your bookings show how it stands.` });
  };
  const whose = booking && !booking.mine ? `${booking.user}’s booking` : 'your booking';
  return (
    <Dialog title={booking ? `Change ${whose}` : 'Book a GPU'} onClose={onClose}>
      <BookingForm
        api={api}
        clock={clock}
        pools={pools}
        draft={draft}
        booking={booking}
        onDone={onDone}
        onWaiting={onWaiting}
        onCancel={onClose}
        below={booking ? undefined : draft => <KeepTemplate draft={draft} />}
      />
    </Dialog>
  );
}

export interface DetailsProps {
  booking: Booking;
  onClose: () => void;
  onMove: (booking: Booking) => void;
}

function Revoke({ booking, onClose }: { booking: Booking; onClose: () => void }): JSX.Element {
  const { api } = useServices();
  const attempt = useTry();
  const [reason, setReason] = React.useState('');
  const revoke = async (event: React.FormEvent) => {
    event.preventDefault();
    if (await attempt(() => api.revoke(booking.id, reason))) {
      onClose();
    }
  };
  return (
    <form className="portal-Revoke" onSubmit={event => void revoke(event)}>
      <label className="maia-Field maia-mod-grow">
        Reason ({booking.user} will read it)
        <input required value={reason} maxLength={200} onChange={event => setReason(event.target.value)} />
      </label>
      <button type="submit" className="maia-Button maia-mod-danger">
        Revoke
      </button>
    </form>
  );
}

export function DetailsDialog({ booking, onClose, onMove }: DetailsProps): JSX.Element {
  const { clock } = useServices();
  const start = ms(booking.start);
  const end = ms(booking.ended_at ?? booking.end);
  const who = booking.mine ? 'Your booking' : `Booked by ${booking.user}`;
  return (
    <Dialog title={who} onClose={onClose} lightDismiss>
      <dl className="portal-Facts">
        <dt>When</dt>
        <dd>
          {span(start, end, clock.now())} ({duration(end - start)})
        </dd>
        <dt>What</dt>
        <dd>
          {booking.gpus} × {booking.product} on {booking.node}
        </dd>
        <dt>State</dt>
        <dd>
          {stateText(booking)}
          {booking.series && ', one of a series'}
        </dd>
        {booking.project !== 'default' && (
          <>
            <dt>Project</dt>
            <dd>{booking.project}</dd>
          </>
        )}
        {booking.note && (
          <>
            <dt>Note</dt>
            <dd>{booking.note}</dd>
          </>
        )}
      </dl>
      <BookingActions booking={booking} onMove={onMove} onDone={onClose} />
      {booking.may.includes('revoke') && <Revoke booking={booking} onClose={onClose} />}
    </Dialog>
  );
}
