/** Letting a colleague of the same project have a booking. */

import * as React from 'react';

import { Booking } from '../../src/api';
import { Dialog, ErrorText } from '../../src/ui';
import { ms } from '../../src/ui/time';
import { useServices } from './services';
import { useSay } from './toast';

export interface HandOverProps {
  booking: Booking;
  onClose: (done: boolean) => void;
}

export function HandOverDialog({ booking, onClose }: HandOverProps): JSX.Element {
  const { api, clock } = useServices();
  const say = useSay();
  const [to, setTo] = React.useState('');
  const [error, setError] = React.useState<unknown>(null);
  const [busy, setBusy] = React.useState(false);
  const field = React.useRef<HTMLInputElement>(null);
  // The dialog has opened by now, with the focus on what comes first in it.
  React.useEffect(() => field.current?.focus(), []);
  const running = ms(booking.start) <= clock.now();
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const taken = await api.handOver(booking.id, to.trim(), booking.etag);
      say({ text: `${taken.user} has it now, and was told.` });
      onClose(true);
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog title="Hand this booking over?" onClose={() => onClose(false)}>
      <form onSubmit={event => void submit(event)}>
        <p>
          {running
            ? 'A colleague gets what is left of it. A server that uses it saves its documents and restarts without GPU; what its kernels hold in memory is lost.'
            : 'A colleague gets it as it is.'}{' '}
          Your colleague is told at once, and can release it or hand it back.
        </p>
        <label className="maia-Field maia-mod-grow">
          Colleague (name at the hub; somebody of the project {booking.project})
          <input
            ref={field}
            required
            value={to}
            maxLength={255}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            onChange={event => setTo(event.target.value)}
          />
        </label>
        {error !== null && (
          <p className="maia-Error" role="alert">
            <ErrorText error={error} />
          </p>
        )}
        <div className="maia-Form-footer">
          <small />
          <button type="button" className="maia-Button" onClick={() => onClose(false)}>
            Keep it
          </button>
          <button type="submit" className="maia-Button maia-mod-primary" disabled={busy}>
            Hand over
          </button>
        </div>
      </form>
    </Dialog>
  );
}
