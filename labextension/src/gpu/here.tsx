/** What this server holds, until when, and what can be done about it: the first part of the GPU panel. */

import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { Session } from '../api';
import type { Opening } from '../bookings';
import { CommandIDs } from '../tokens';
import { Countdown, SimulatedBadge, Visitors, Waiting, localised, useNow, useTrans } from '../ui';
import { MINUTE, moment, ms } from '../ui/time';
import type { Actions } from './actions';
import type { GpuModel } from './model';
import { gib } from './usage';

export interface Parts {
  model: GpuModel;
  actions: Actions;
  commands: CommandRegistry;
}

/** The parts, and the dialogs that stand over them. */
export type Shown = Parts & { book: Opening['book']; open: Opening['open'] };

function Held({ session }: { session: Session }): JSX.Element {
  const trans = useTrans();
  if (session.kind === 'cpu') {
    return <p>{trans.__('No GPU: this server runs on CPU.')}</p>;
  }
  return (
    <ul aria-label={trans.__('GPUs of this server')}>
      {session.gpus.map(gpu => (
        <li key={gpu.id}>
          <strong>{gpu.product}</strong> <span className="maia-GpuPanel-soft">{gib(gpu.memory)} GiB</span>{' '}
          <SimulatedBadge {...gpu} />
        </li>
      ))}
    </ul>
  );
}

function TimeLeft({ model, session }: { model: GpuModel; session: Session }): JSX.Element | null {
  const trans = useTrans();
  const now = useNow(model.clock, MINUTE);
  if (session.kind === 'cpu') {
    return null;
  }
  if (!session.until) {
    if (session.ending) {
      return null; // given back already
    }
    return <p className="maia-GpuPanel-soft">{trans.__('Borrowed until somebody’s booking begins.')}</p>;
  }
  return (
    <>
      <span className="maia-GpuPanel-time">
        <Countdown clock={model.clock} to={ms(session.until)} />
      </span>
      <p className="maia-GpuPanel-soft">{trans.__('until %1', moment(ms(session.until), now))}</p>
      {model.goesOnUntil !== null && (
        <p className="maia-GpuPanel-soft">{trans.__('Your booking goes on until %1.', moment(model.goesOnUntil, now))}</p>
      )}
      {session.next_holder && session.next_start && (
        <p className="maia-GpuPanel-soft">
          {trans.__('Next: %1, %2', session.next_holder, moment(ms(session.next_start), now))}
        </p>
      )}
    </>
  );
}

function SessionActions({ model, actions, commands, open, session }: Shown & { session: Session }): JSX.Element {
  const trans = useTrans();
  const run = (command: string) => () => void commands.execute(command);
  const whyNot = actions.whyNotExtend(session);
  const { booking } = model;
  if (session.kind === 'cpu') {
    return (
      <>
        {session.switch && (
          <div className="maia-GpuPanel-actions">
            <button className="maia-Button maia-mod-primary" onClick={run(CommandIDs.switchNow)}>
              {trans.__('Switch to GPU now')}
            </button>
          </div>
        )}
      </>
    );
  }
  return (
    <>
      <div className="maia-GpuPanel-actions">
        {session.booking && (
          <button className="maia-Button maia-mod-primary" disabled={whyNot !== null} onClick={run(CommandIDs.extend)}>
            {trans.__('Extend')}
          </button>
        )}
        <button className="maia-Button" disabled={session.ending} onClick={run(CommandIDs.release)}>
          {trans.__('Release now')}
        </button>
        {session.switch && (
          <button className="maia-Button" onClick={run(CommandIDs.switchNow)}>
            {trans.__('Switch to my booked GPU')}
          </button>
        )}
        {booking && (
          <button className="maia-Button" onClick={() => open(booking)}>
            {trans.__('Details…')}
          </button>
        )}
      </div>
      {whyNot && <p className="maia-GpuPanel-soft">{whyNot}</p>}
    </>
  );
}

/** A server without a GPU may wait for an idle one; one that its owner has booked is had at once. */
function Line({ model, actions, session }: Parts & { session: Session }): JSX.Element {
  const free = session.kind === 'cpu' && !session.ending && !session.switch;
  return (
    <Waiting
      clock={model.clock}
      places={model.places}
      pools={free ? (model.state?.pools ?? []) : []}
      onJoin={pool => void actions.wait(pool)}
      onTake={place => void actions.take(place)}
      onLeave={place => void actions.leave(place)}
    />
  );
}

export function Here(parts: Shown): JSX.Element {
  const trans = useTrans();
  const session = parts.model.session;
  return (
    <section aria-labelledby="maia-gpu-here">
      <h2 id="maia-gpu-here">{trans.__('This server')}</h2>
      {session === null ? (
        <p className="maia-GpuPanel-soft">{trans.__('Nothing is known about this server yet.')}</p>
      ) : (
        <>
          <Held session={session} />
          <TimeLeft model={parts.model} session={session} />
          {!parts.model.places.length && (
            <p className="maia-GpuPanel-soft">{localised(session.reason, parts.model.clock.now())}</p>
          )}
          {session.ending && (
            <p role="status">
              {parts.model.timeIsUp
                ? trans.__('The session is ending; your server comes back on CPU.')
                : trans.__('Your server is being restarted.')}
            </p>
          )}
          <Visitors session={session} now={parts.model.clock.now()} />
          <SessionActions {...parts} session={session} />
          <Line {...parts} session={session} />
        </>
      )}
    </section>
  );
}
