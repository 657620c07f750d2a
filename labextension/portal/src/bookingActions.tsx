/** What its owner, or a lead of its project, can do to a booking, with a way back where there is one. */

import * as React from 'react';

import { Booking } from '../../src/api';
import { Dialog, ErrorText } from '../../src/ui';
import { HOUR, MINUTE, SECOND, duration, iso, moment, ms } from '../../src/ui/time';
import { HandOverDialog } from './handOver';
import { useServices } from './services';
import { useSay, useTry } from './toast';

const CAUSES: Record<string, string> = {
  completed: 'completed',
  released: 'released early',
  cancelled: 'cancelled',
  expired: 'ended without having been used',
  'no-show': 'given back, for nobody used it',
  revoked: 'revoked',
  'handed-over': 'handed over',
  idle: 'given back, for its GPU did nothing'
};

const STATES: Record<Booking['state'], string> = {
  requested: 'requested',
  confirmed: 'confirmed',
  active: 'in use',
  ended: 'ended'
};

export function stateText(booking: Booking): string {
  return booking.cause ? (CAUSES[booking.cause] ?? booking.cause) : STATES[booking.state];
}

/** What a change does not change: a server whose image cannot follow it. Empty if all follows. */
export function notFollowing(booking: Booking, now: number): string {
  const end = booking.fixed_until && moment(ms(booking.fixed_until), now);
  return end ? ` What runs by it now cannot follow: it ends ${end}. A server is then restarted with the GPU.` : '';
}

/** Lengths that an extension by one click offers. */
const STEPS = [30 * MINUTE, HOUR, 2 * HOUR];

/** Cancelling at once and offering to book again is honest: in between, somebody else may take the time. */
function useCancel() {
  const { api, clock } = useServices();
  const say = useSay();
  const attempt = useTry();
  const again = async (booking: Booking) => {
    const { pool, gpus, end, project, note } = booking;
    const start = iso(Math.max(ms(booking.start), clock.now() + 2 * SECOND));
    try {
      await api.book({ pool, gpus, start, end, project, note });
      say({ text: 'Booked again.' });
    } catch (error) {
      say({ text: <>Could not be booked again: <ErrorText error={error} /></>, error: true });
    }
  };
  return async (booking: Booking) => {
    if (await attempt(() => api.cancel(booking.id))) {
      const text = 'Cancelled; others can book this time now.';
      say({ text, action: { label: 'Undo: book it again', run: () => void again(booking) } });
    }
  };
}

function useExtend() {
  const { api, clock } = useServices();
  const say = useSay();
  const attempt = useTry();
  return (booking: Booking, step: number) =>
    attempt(async () => {
      const longer = await api.extend(booking.id, iso(ms(booking.end) + step), booking.etag);
      const now = clock.now();
      say({ text: `Extended until ${moment(ms(longer.end), now)}.${notFollowing(longer, now)}` });
    });
}

function ReleaseDialog({ booking, onClose }: { booking: Booking; onClose: (done: boolean) => void }): JSX.Element {
  const { api } = useServices();
  const say = useSay();
  const attempt = useTry();
  const release = async () => {
    const done = await attempt(async () => {
      await api.release(booking.id);
      say({ text: 'Released. The unused hours are yours again.' });
    });
    onClose(done);
  };
  return (
    <Dialog title="Release this GPU now?" onClose={() => onClose(false)}>
      <p>
        A server that uses it saves its documents and restarts without GPU. What its kernels hold in memory is lost. This
        cannot be undone.
      </p>
      <div className="maia-Form-footer">
        <small />
        <button type="button" className="maia-Button" onClick={() => onClose(false)}>
          Keep it
        </button>
        <button type="button" className="maia-Button maia-mod-danger" onClick={() => void release()}>
          Release now
        </button>
      </div>
    </Dialog>
  );
}

type Extent = 'one' | 'following' | 'all';

/** A booking that repeats: this one, this and the following, or all that is left. */
function CancelDialog({ booking, onClose }: { booking: Booking; onClose: (done: boolean) => void }): JSX.Element {
  const { api } = useServices();
  const say = useSay();
  const attempt = useTry();
  const [extent, setExtent] = React.useState<Extent>('one');
  const choices: [Extent, string][] = [
    ['one', 'This booking alone'],
    ['following', 'This and the following ones'],
    ['all', 'All that is left of the series']
  ];
  const cancel = async (event: React.FormEvent) => {
    event.preventDefault();
    const done = await attempt(async () => {
      if (extent === 'one' || !booking.series) {
        await api.cancel(booking.id);
      } else {
        await api.cancelSeries(booking.series, extent === 'all' ? null : booking.id);
      }
      say({ text: 'Cancelled; others can book this time now.' });
    });
    onClose(done);
  };
  return (
    <Dialog title="Cancel a booking that repeats" onClose={() => onClose(false)}>
      <form onSubmit={event => void cancel(event)}>
        <fieldset className="portal-Choices">
          <legend>What is to be cancelled?</legend>
          {choices.map(([value, text]) => (
            <label key={value}>
              <input type="radio" name="extent" checked={extent === value} onChange={() => setExtent(value)} /> {text}
            </label>
          ))}
        </fieldset>
        <div className="maia-Form-footer">
          <small />
          <button type="button" className="maia-Button" onClick={() => onClose(false)}>
            Keep it
          </button>
          <button type="submit" className="maia-Button maia-mod-danger">
            Cancel booking
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export interface BookingActionsProps {
  booking: Booking;
  onMove: (booking: Booking) => void;
  onDone?: () => void;
}

export function BookingActions({ booking, onMove, onDone }: BookingActionsProps): JSX.Element | null {
  const { clock } = useServices();
  const cancel = useCancel();
  const extend = useExtend();
  const [releasing, setReleasing] = React.useState(false);
  const [handing, setHanding] = React.useState(false);
  const [cancelling, setCancelling] = React.useState(false);
  const running = ms(booking.start) <= clock.now();
  const may = (action: Booking['may'][number]) => booking.may.includes(action);
  if (!booking.may.some(action => action !== 'revoke')) {
    return null;
  }
  return (
    <div className="portal-Actions">
      {running && may('extend') && (
        <div className="portal-Group" role="group" aria-label="Extend">
          {STEPS.map(step => (
            <button
              key={step}
              type="button"
              className="maia-Button"
              aria-label={`Extend by ${duration(step)}`}
              onClick={() => void extend(booking, step)}
            >
              +{duration(step)}
            </button>
          ))}
        </div>
      )}
      {may('move') && (
        <button type="button" className="maia-Button" onClick={() => onMove(booking)}>
          Change…
        </button>
      )}
      {may('release') && (
        <button type="button" className="maia-Button" onClick={() => setReleasing(true)}>
          Release now…
        </button>
      )}
      {may('cancel') && (
        <button type="button" className="maia-Button" onClick={() => (booking.series ? setCancelling(true) : void cancel(booking).then(onDone))}>
          Cancel booking{booking.series ? '…' : ''}
        </button>
      )}
      {may('hand-over') && (
        <button type="button" className="maia-Button" onClick={() => setHanding(true)}>
          Hand over…
        </button>
      )}
      {handing && (
        <HandOverDialog
          booking={booking}
          onClose={done => {
            setHanding(false);
            if (done) {
              onDone?.();
            }
          }}
        />
      )}
      {cancelling && (
        <CancelDialog
          booking={booking}
          onClose={done => {
            setCancelling(false);
            if (done) {
              onDone?.();
            }
          }}
        />
      )}
      {releasing && (
        <ReleaseDialog
          booking={booking}
          onClose={done => {
            setReleasing(false);
            if (done) {
              onDone?.();
            }
          }}
        />
      )}
    </div>
  );
}
