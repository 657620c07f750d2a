/** The servers that run now, and what each of them holds. */

import * as React from 'react';

import { Session, State } from '../../src/api';
import { Countdown, ENGLISH, SimulatedBadge, Visitors, Waiting, fixedText, localised, unsaid, useNow } from '../../src/ui';
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

/** The places of a server in the lines for idle GPUs, and the way into one. */
function Line({ session, state }: { session: Session; state: State }): JSX.Element {
  const { api, clock } = useServices();
  const say = useSay();
  const attempt = useTry();
  const free = session.kind === 'cpu' && !session.ending && !session.switch;
  return (
    <Waiting
      clock={clock}
      places={state.queue.filter(place => place.server === session.server)}
      pools={free ? state.pools : []}
      onJoin={pool => void attempt(() => api.joinQueue(pool, session.server))}
      onTake={place =>
        void attempt(async () => {
          await api.acceptOffer(place.id);
          say({ text: 'Your server restarts with the GPU. Kernels start anew.' });
        })
      }
      onLeave={place =>
        void attempt(async () => {
          await api.leaveQueue(place.id);
          say({ text: `You no longer wait for an idle ${place.product}.` });
        })
      }
    />
  );
}

function SessionRow({ session, state }: { session: Session; state: State }): JSX.Element {
  const { clock, hub, me } = useServices();
  const now = useNow(clock, MINUTE);
  const simulated = session.gpus.find(unsaid);
  const waits = state.queue.some(place => place.server === session.server);
  const user = `${hub.replace(/hub\/$/, '')}user/${encodeURIComponent(me.user)}/`;
  return (
    <li className="portal-Session">
      <div className="portal-Booking-main">
        <strong>
          {holding(session)} {simulated && <SimulatedBadge {...simulated} />}
        </strong>
        <small>
          {session.server ? `Server ${session.server}. ` : ''}
          {!waits && localised(session.reason, now)} {session.fixed && fixedText(ENGLISH)}
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
      <Visitors session={session} now={now} />
      <Line session={session} state={state} />
    </li>
  );
}

/** The servers of students that the user may open now: her class runs there. */
export function OpenToMe({ state }: { state: State }): JSX.Element | null {
  const { hub } = useServices();
  const servers = state.open_to_me ?? [];
  if (!servers.length) {
    return null;
  }
  const root = hub.replace(/hub\/$/, '');
  return (
    <section className="portal-Card" aria-labelledby="open-to-me">
      <h2 id="open-to-me">Your students’ servers</h2>
      <p>You may open these while your class runs. Who is in one acts there as its owner; she sees that you are there.</p>
      <ul className="portal-Bookings">
        {servers.map(({ user, server }) => (
          <li key={`${user}/${server}`} className="portal-Session">
            <div className="portal-Booking-main">
              <strong>{user}</strong>
              {server && <small>Server {server}</small>}
            </div>
            <a
              className="maia-Button"
              aria-label={`Open the server of ${user}${server ? `, ${server}` : ''}`}
              href={`${root}user/${encodeURIComponent(user)}/${server ? `${server}/` : ''}lab`}
              target="_blank"
              rel="noreferrer"
            >
              Open
            </a>
          </li>
        ))}
      </ul>
    </section>
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
          <SessionRow key={session.grant + session.server} session={session} state={state} />
        ))}
      </ul>
    </section>
  );
}
