/** A booking that was changed while its form was open: what it is now, and nothing lost of what was typed. */

import * as React from 'react';

import { Api, Booking, MaiaProblem } from '../api';
import { useTrans } from './text';
import { ms, span } from './time';

/** The service refused because the booking is not the version that was seen. */
export function isStale(error: unknown): boolean {
  return error instanceof MaiaProblem && error.status === 412;
}

/** The booking that the form is about, as it was last seen; `look` looks again if `error` says that it is another. */
export function useSeen(api: Api, opened?: Booking) {
  const [seen, setSeen] = React.useState(opened);
  const [changed, setChanged] = React.useState(false);
  const look = async (error: unknown) => {
    if (seen && isStale(error)) {
      setSeen(await api.booking(seen.id));
      setChanged(true);
    }
  };
  return { seen, changed, look };
}

export interface ConflictProps {
  booking: Booking;
  now: number;
  /** Replace what is in the form by what is there. */
  onTake: () => void;
}

export function Conflict({ booking, now, onTake }: ConflictProps): JSX.Element {
  const trans = useTrans();
  const when = span(ms(booking.start), ms(booking.end), now);
  return (
    <div className="maia-Error maia-Conflict" role="alert">
      <p>
        {trans.__('This booking was changed meanwhile, in another place. It is now: %1', when)}
        {booking.note && `, ${trans.__('with the note “%1”', booking.note)}`}.
      </p>
      <p>{trans.__('Nothing of yours was saved, and nothing is lost: save again to have it as you typed it.')}</p>
      <button type="button" className="maia-Button" onClick={onTake}>
        {trans.__('Take what is there now')}
      </button>
    </div>
  );
}
