/** The dialogs of the calendar: book or move, and the details of a booking. */

import * as React from 'react';

import { Booking, Pool, Series, WaitlistEntry } from '../api';
import { BookingForm, Dialog, Draft, useTrans } from '../ui';
import { duration, ms, span } from '../ui/time';
import { BookingActions } from './actions';
import { useAround, useSay } from './around';
import { useTry } from './attempt';
import { notFollowing, stateText } from './states';
import { KeepTemplate } from './templates';

export interface BookDialogProps {
  pools: Pool[];
  draft: Draft;
  booking?: Booking;
  onClose: () => void;
}

/** Says what was booked, changed or is waited for. */
function useTold(changed: boolean, close: () => void) {
  const { clock } = useAround();
  const trans = useTrans();
  const say = useSay();
  const onDone = (done: Booking, series?: Series) => {
    close();
    const now = clock.now();
    const when = span(ms(done.start), ms(done.end), now);
    if (series) {
      const { bookings, missing } = series;
      const all = trans._n('Booked once: %2, %3.', 'Booked %1 times: %2, first %3.', bookings.length, done.product, when);
      const left = missing.length ? ` ${trans._n('%1 date was left out.', '%1 dates were left out.', missing.length)}` : '';
      return say({ text: all + left });
    }
    const text = changed ? trans.__('Changed: %1, %2.', done.product, when) : trans.__('Booked: %1, %2.', done.product, when);
    say({ text: text + notFollowing(trans, done, now) });
  };
  const onWaiting = (entry: WaitlistEntry) => {
    if (entry.booking) {
      return onDone(entry.booking);
    }
    close();
    say({ text: trans.__('You wait for it: place %1. Your bookings show how it stands.', entry.place ?? '–') });
  };
  return { onDone, onWaiting };
}

export function BookDialog({ pools, draft, booking, onClose }: BookDialogProps): JSX.Element {
  const { api, clock } = useAround();
  const trans = useTrans();
  const told = useTold(booking !== undefined, onClose);
  const changing = booking?.mine ? trans.__('Change your booking') : trans.__('Change %1’s booking', booking?.user);
  return (
    <Dialog title={booking ? changing : trans.__('Book a GPU')} onClose={onClose}>
      <BookingForm
        api={api}
        clock={clock}
        pools={pools}
        draft={draft}
        booking={booking}
        onCancel={onClose}
        below={booking ? undefined : draft => <KeepTemplate draft={draft} />}
        {...told}
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
  const { api } = useAround();
  const trans = useTrans();
  const attempt = useTry();
  const [reason, setReason] = React.useState('');
  const revoke = async (event: React.FormEvent) => {
    event.preventDefault();
    if (await attempt(() => api.revoke(booking.id, reason))) {
      onClose();
    }
  };
  return (
    <form className="maia-Line" onSubmit={event => void revoke(event)}>
      <label className="maia-Field maia-mod-grow">
        {trans.__('Reason (%1 will read it)', booking.user)}
        <input required value={reason} maxLength={200} onChange={event => setReason(event.target.value)} />
      </label>
      <button type="submit" className="maia-Button maia-mod-danger">
        {trans.__('Revoke')}
      </button>
    </form>
  );
}

export function DetailsDialog({ booking, onClose, onMove }: DetailsProps): JSX.Element {
  const { clock } = useAround();
  const trans = useTrans();
  const start = ms(booking.start);
  const end = ms(booking.ended_at ?? booking.end);
  const facts: [string, string][] = [
    [trans.__('When'), `${span(start, end, clock.now())} (${duration(end - start)})`],
    [trans.__('What'), trans.__('%1 × %2 on %3', booking.gpus, booking.product, booking.node)],
    [trans.__('State'), stateText(trans, booking) + (booking.series ? trans.__(', one of a series') : '')],
    [trans.__('Project'), booking.project === 'default' ? '' : booking.project],
    [trans.__('Note'), booking.note]
  ];
  const who = booking.mine ? trans.__('Your booking') : trans.__('Booked by %1', booking.user);
  return (
    <Dialog title={who} onClose={onClose} lightDismiss>
      <dl className="maia-Facts">
        {facts.map(
          ([name, fact]) =>
            fact && (
              <React.Fragment key={name}>
                <dt>{name}</dt>
                <dd>{fact}</dd>
              </React.Fragment>
            )
        )}
      </dl>
      <BookingActions booking={booking} onMove={onMove} onDone={onClose} />
      {booking.may.includes('revoke') && <Revoke booking={booking} onClose={onClose} />}
    </Dialog>
  );
}
