/** The dialogs in which a booking is given up: released while it runs, cancelled alone or with its series. */

import * as React from 'react';

import { Booking } from '../api';
import { Dialog, useTrans } from '../ui';
import { useAround, useSay } from './around';
import { useTry } from './attempt';

export interface LeavingProps {
  booking: Booking;
  onClose: (done: boolean) => void;
}

export function ReleaseDialog({ booking, onClose }: LeavingProps): JSX.Element {
  const { api, save } = useAround();
  const trans = useTrans();
  const say = useSay();
  const attempt = useTry();
  const release = async () => {
    const done = await attempt(async () => {
      if (save && !(await save(booking.id))) {
        return;
      }
      await api.release(booking.id);
      say({ text: trans.__('Released. The unused hours are yours again.') });
    });
    onClose(done);
  };
  return (
    <Dialog title={trans.__('Release this GPU now?')} onClose={() => onClose(false)}>
      <p>
        {trans.__(
          'A server that uses it saves its documents and restarts without GPU. What its kernels hold in memory is lost. ' +
            'This cannot be undone.'
        )}
      </p>
      <div className="maia-Form-footer">
        <small />
        <button type="button" className="maia-Button" onClick={() => onClose(false)}>
          {trans.__('Keep it')}
        </button>
        <button type="button" className="maia-Button maia-mod-danger" onClick={() => void release()}>
          {trans.__('Release now')}
        </button>
      </div>
    </Dialog>
  );
}

type Extent = 'one' | 'following' | 'all';

/** A booking that repeats: this one, this and the following, or all that is left. */
export function CancelDialog({ booking, onClose }: LeavingProps): JSX.Element {
  const { api } = useAround();
  const trans = useTrans();
  const say = useSay();
  const attempt = useTry();
  const [extent, setExtent] = React.useState<Extent>('one');
  const choices: [Extent, string][] = [
    ['one', trans.__('This booking alone')],
    ['following', trans.__('This and the following ones')],
    ['all', trans.__('All that is left of the series')]
  ];
  const cancel = async (event: React.FormEvent) => {
    event.preventDefault();
    const done = await attempt(async () => {
      if (extent === 'one' || !booking.series) {
        await api.cancel(booking.id);
      } else {
        await api.cancelSeries(booking.series, extent === 'all' ? null : booking.id);
      }
      say({ text: trans.__('Cancelled; others can book this time now.') });
    });
    onClose(done);
  };
  return (
    <Dialog title={trans.__('Cancel a booking that repeats')} onClose={() => onClose(false)}>
      <form onSubmit={event => void cancel(event)}>
        <fieldset className="maia-Choices">
          <legend>{trans.__('What is to be cancelled?')}</legend>
          {choices.map(([value, text]) => (
            <label key={value}>
              <input type="radio" name="extent" checked={extent === value} onChange={() => setExtent(value)} /> {text}
            </label>
          ))}
        </fieldset>
        <div className="maia-Form-footer">
          <small />
          <button type="button" className="maia-Button" onClick={() => onClose(false)}>
            {trans.__('Keep it')}
          </button>
          <button type="submit" className="maia-Button maia-mod-danger">
            {trans.__('Cancel booking')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
