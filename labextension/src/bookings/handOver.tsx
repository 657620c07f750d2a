/** Letting a colleague of the same project have a booking. */

import * as React from 'react';

import { Booking } from '../api';
import { Dialog, ErrorText, useTrans } from '../ui';
import { ms } from '../ui/time';
import { useAround, useSay } from './around';

export interface HandOverProps {
  booking: Booking;
  onClose: (done: boolean) => void;
}

export function HandOverDialog({ booking, onClose }: HandOverProps): JSX.Element {
  const { api, clock, save } = useAround();
  const trans = useTrans();
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
      if (running && save && !(await save(booking.id))) {
        return onClose(false);
      }
      const taken = await api.handOver(booking.id, to.trim(), booking.etag);
      say({ text: trans.__('%1 has it now, and was told.', taken.user) });
      onClose(true);
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog title={trans.__('Hand this booking over?')} onClose={() => onClose(false)}>
      <form onSubmit={event => void submit(event)}>
        <p>
          {running
            ? trans.__(
                'A colleague gets what is left of it. A server that uses it saves its documents and restarts without GPU; ' +
                  'what its kernels hold in memory is lost.'
              )
            : trans.__('A colleague gets it as it is.')}{' '}
          {trans.__('Your colleague is told at once, and can release it or hand it back.')}
        </p>
        <label className="maia-Field maia-mod-grow">
          {trans.__('Colleague (name at the hub; somebody of the project %1)', booking.project)}
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
            {trans.__('Keep it')}
          </button>
          <button type="submit" className="maia-Button maia-mod-primary" disabled={busy}>
            {trans.__('Hand over')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
