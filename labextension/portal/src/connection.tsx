/** Says that what is shown may be old, since when, and what to do. */

import * as React from 'react';

import { MINUTE, duration, moment } from '../../src/ui/time';
import { useNow } from '../../src/ui';
import { useHealth } from './live';
import { signIn, useServices } from './services';

/** A stream that is renewed within this time is no news. */
const PATIENCE = 2500;

export function Connection(): JSX.Element | null {
  const { clock, stream } = useServices();
  const { health, since, why, every = 0 } = useHealth();
  const [patient, setPatient] = React.useState(true);
  const now = useNow(clock, MINUTE);
  const broken = health !== 'live';
  React.useEffect(() => {
    setPatient(true);
    const timer = window.setTimeout(() => setPatient(false), broken ? PATIENCE : 0);
    return () => window.clearTimeout(timer);
  }, [broken]);
  if (health === 'signed-out') {
    return (
      <div className="portal-Banner" role="alert">
        <span>You are signed out. What you see may be old.</span>
        <button type="button" className="maia-Button" onClick={signIn}>
          Sign in
        </button>
      </div>
    );
  }
  if (!broken || patient) {
    return null;
  }
  if (health === 'asking') {
    return (
      <div className="portal-Banner" role="status">
        <span>
          {why} This page asks every {duration(every)} instead, and works as always.
        </span>
        <button type="button" className="maia-Button" onClick={stream.retryNow}>
          Try now
        </button>
      </div>
    );
  }
  return (
    <div className="portal-Banner" role="alert">
      <span>No connection to the service since {moment(since, now)}. Trying again by itself; bookings go on meanwhile.</span>
      <button type="button" className="maia-Button" onClick={stream.retryNow}>
        Try now
      </button>
    </div>
  );
}
