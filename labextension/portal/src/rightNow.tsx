/** The servers that run now, and what each of them holds. */

import * as React from 'react';

import { Session, State } from '../../src/api';
import { Countdown, SimulatedBadge, localised, unsaid, useNow } from '../../src/ui';
import { MINUTE, moment, ms } from '../../src/ui/time';
import { useServices } from './services';
import { useSay, useTry } from './toast';

function holding(session: Session): string {
  if (session.kind === 'cpu') {
    return 'CPU, no GPU';
  }
  const products = [...new Set(session.gpus.map(gpu => gpu.product))].join(', ');
  const gpus = session.gpus.length > 1 ? `${session.gpus.length} × ${products}` : products;
  return session.kind === 'opportunistic' ? `${gpus}, lent while idle` : gpus;
}

function SwitchButton({ session }: { session: Session }): JSX.Element | null {
  const { api } = useServices();
  const say = useSay();
  const attempt = useTry();
  const choice = session.switch;
  if (!choice) {
    return null;
  }
  const onClick = () =>
    attempt(async () => {
      await api.switchServer(session.server, choice.key);
      say({ text: 'Your server restarts with the GPU. Kernels start anew.' });
    });
  return (
    <button type="button" className="maia-Button maia-mod-primary" title={choice.label} onClick={() => void onClick()}>
      Switch to GPU now
    </button>
  );
}

function SessionRow({ session }: { session: Session }): JSX.Element {
  const { clock, hub, me } = useServices();
  const now = useNow(clock, MINUTE);
  const simulated = session.gpus.find(unsaid);
  const user = `${hub.replace(/hub\/$/, '')}user/${encodeURIComponent(me.user)}/`;
  return (
    <li className="portal-Session">
      <div className="portal-Booking-main">
        <strong>
          {holding(session)} {simulated && <SimulatedBadge {...simulated} />}
        </strong>
        <small>
          {session.server ? `Server ${session.server}. ` : ''}
          {localised(session.reason, now)}
        </small>
        {session.until && session.next_holder && session.next_start && (
          <small>
            Next: {session.next_holder}, {moment(ms(session.next_start), now)}
          </small>
        )}
      </div>
      {session.until && (
        <div className="portal-Booking-left">
          <Countdown clock={clock} to={ms(session.until)} />
          <small>until {moment(ms(session.until), now)}</small>
        </div>
      )}
      <SwitchButton session={session} />
      <a className="maia-Button" href={`${user}${session.server ? `${session.server}/` : ''}lab`}>
        Open JupyterLab
      </a>
    </li>
  );
}

export function RightNow({ state }: { state: State }): JSX.Element | null {
  if (!state.sessions.length) {
    return null;
  }
  return (
    <section className="portal-Card" aria-labelledby="right-now">
      <h2 id="right-now">Running now</h2>
      <ul className="portal-Bookings">
        {state.sessions.map(session => (
          <SessionRow key={session.grant + session.server} session={session} />
        ))}
      </ul>
    </section>
  );
}
