/** What its owner, or a lead of its project, can do to a booking, with a way back where there is one. */

import * as React from 'react';

import { Booking } from '../api';
import { errorText, useTrans } from '../ui';
import { HOUR, MINUTE, SECOND, duration, iso, moment, ms } from '../ui/time';
import { useAround, useSay } from './around';
import { useTry } from './attempt';
import { HandOverDialog } from './handOver';
import { CancelDialog, ReleaseDialog } from './leaving';
import { notFollowing } from './states';

/** Lengths that an extension by one click offers. */
const STEPS = [30 * MINUTE, HOUR, 2 * HOUR];

/** Cancelling at once and offering to book again is honest: in between, somebody else may take the time. */
function useCancel() {
  const { api, clock } = useAround();
  const trans = useTrans();
  const say = useSay();
  const attempt = useTry();
  const again = async (booking: Booking) => {
    const { pool, gpus, end, project, note } = booking;
    const start = iso(Math.max(ms(booking.start), clock.now() + 2 * SECOND));
    try {
      await api.book({ pool, gpus, start, end, project, note });
      say({ text: trans.__('Booked again.') });
    } catch (error) {
      say({ text: trans.__('Could not be booked again: %1', errorText(trans, error)), error: true });
    }
  };
  return async (booking: Booking) => {
    if (await attempt(() => api.cancel(booking.id))) {
      const text = trans.__('Cancelled; others can book this time now.');
      say({ text, action: { label: trans.__('Undo: book it again'), run: () => void again(booking) } });
    }
  };
}

function useExtend() {
  const { api, clock } = useAround();
  const trans = useTrans();
  const say = useSay();
  const attempt = useTry();
  return (booking: Booking, step: number) =>
    attempt(async () => {
      const longer = await api.extend(booking.id, iso(ms(booking.end) + step), booking.etag);
      const now = clock.now();
      const text = trans.__('Extended until %1.', moment(ms(longer.end), now));
      say({ text: text + notFollowing(trans, longer, now) });
    });
}

function Extend({ booking }: { booking: Booking }): JSX.Element {
  const trans = useTrans();
  const extend = useExtend();
  return (
    <div className="maia-Group" role="group" aria-label={trans.__('Extend')}>
      {STEPS.map(step => (
        <button
          key={step}
          type="button"
          className="maia-Button"
          aria-label={trans.__('Extend by %1', duration(step))}
          onClick={() => void extend(booking, step)}
        >
          +{duration(step)}
        </button>
      ))}
    </div>
  );
}

export interface BookingActionsProps {
  booking: Booking;
  onMove: (booking: Booking) => void;
  onDone?: () => void;
}

type Asked = 'release' | 'hand-over' | 'cancel' | null;

export function BookingActions({ booking, onMove, onDone }: BookingActionsProps): JSX.Element | null {
  const { clock } = useAround();
  const trans = useTrans();
  const cancel = useCancel();
  const [asked, ask] = React.useState<Asked>(null);
  const may = (action: Booking['may'][number]) => booking.may.includes(action);
  if (!booking.may.some(action => action !== 'revoke')) {
    return null;
  }
  const onClose = (done: boolean) => {
    ask(null);
    if (done) {
      onDone?.();
    }
  };
  const giveUp = () => (booking.series ? ask('cancel') : void cancel(booking).then(onDone));
  return (
    <div className="maia-Actions">
      {ms(booking.start) <= clock.now() && may('extend') && <Extend booking={booking} />}
      {may('move') && (
        <button type="button" className="maia-Button" onClick={() => onMove(booking)}>
          {trans.__('Change…')}
        </button>
      )}
      {may('release') && (
        <button type="button" className="maia-Button" onClick={() => ask('release')}>
          {trans.__('Release now…')}
        </button>
      )}
      {may('cancel') && (
        <button type="button" className="maia-Button" onClick={giveUp}>
          {trans.__('Cancel booking')}
          {booking.series ? '…' : ''}
        </button>
      )}
      {may('hand-over') && (
        <button type="button" className="maia-Button" onClick={() => ask('hand-over')}>
          {trans.__('Hand over…')}
        </button>
      )}
      {asked === 'hand-over' && <HandOverDialog booking={booking} onClose={onClose} />}
      {asked === 'cancel' && <CancelDialog booking={booking} onClose={onClose} />}
      {asked === 'release' && <ReleaseDialog booking={booking} onClose={onClose} />}
    </div>
  );
}
