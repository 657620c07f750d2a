/** The GPU panel in the sidebar. */

import type { CommandRegistry } from '@lumino/commands';
import { Notification } from '@jupyterlab/apputils';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Booking, Session, WaitlistEntry } from '../api';
import { CommandIDs } from '../tokens';
import { BookingForm, Countdown, Dialog, SimulatedBadge, Waiting, Waitlist, Words, WordsContext, emptyDraft, localised, useNow, useTrans } from '../ui';
import { MINUTE, moment, ms, span } from '../ui/time';
import type { Actions } from './actions';
import { gpuIcon } from './icon';
import type { GpuModel } from './model';
import { UsageSection, gib } from './usage';

interface Parts {
  model: GpuModel;
  actions: Actions;
  commands: CommandRegistry;
}

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

function SessionActions({ actions, commands, session }: Parts & { session: Session }): JSX.Element {
  const trans = useTrans();
  const run = (command: string) => () => void commands.execute(command);
  const whyNot = actions.whyNotExtend(session);
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

function Here(parts: Parts): JSX.Element {
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
          <SessionActions {...parts} session={session} />
          <Line {...parts} session={session} />
        </>
      )}
    </section>
  );
}

function Coming({ booking, now }: { booking: Booking; now: number }): JSX.Element {
  const trans = useTrans();
  return (
    <li className="maia-GpuPanel-booking">
      <span>
        {booking.gpus > 1 ? `${booking.gpus} × ` : ''}
        {booking.product}
        {booking.project !== 'default' && ` (${booking.project})`}
      </span>
      <span className="maia-GpuPanel-soft">
        {ms(booking.start) <= now ? trans.__('now, until %1', moment(ms(booking.end), now)) : span(ms(booking.start), ms(booking.end), now)}
      </span>
    </li>
  );
}

function Bookings({ model, actions, commands }: Parts): JSX.Element {
  const trans = useTrans();
  const now = useNow(model.clock, MINUTE);
  return (
    <section aria-labelledby="maia-gpu-bookings">
      <h2 id="maia-gpu-bookings">{trans.__('My bookings')}</h2>
      {model.coming.length ? (
        <ul>
          {model.coming.map(booking => (
            <Coming key={booking.id} booking={booking} now={now} />
          ))}
        </ul>
      ) : (
        <p className="maia-GpuPanel-soft">{trans.__('No other bookings.')}</p>
      )}
      <Waitlist
        clock={model.clock}
        entries={model.state?.waitlist ?? []}
        onAccept={entry => void actions.acceptWish(entry)}
        onDecline={entry => void actions.declineWish(entry)}
        onWithdraw={entry => void actions.withdrawWish(entry)}
      />
      <div className="maia-GpuPanel-actions">
        <button className="maia-Button" onClick={() => model.askForBooking()}>
          {trans.__('Book a GPU…')}
        </button>
        <button className="maia-Button" onClick={() => void commands.execute(CommandIDs.portal)}>
          {trans.__('Open the calendar')}
        </button>
      </div>
    </section>
  );
}

function Health({ model }: { model: GpuModel }): JSX.Element | null {
  const trans = useTrans();
  const { health, since } = model.status;
  if (health === 'live') {
    return null;
  }
  if (health === 'signed-out') {
    return (
      <section role="alert">
        <p>{trans.__('You are not signed in to the booking service, or as somebody else.')}</p>
        <button className="maia-Button" onClick={() => window.open(`${model.base}/login`, '_blank')}>
          {trans.__('Sign in')}
        </button>
      </section>
    );
  }
  if (health === 'connecting') {
    return model.state ? null : <section role="status">{trans.__('Asking the booking service…')}</section>;
  }
  return (
    <section role="status">
      <p>
        {trans.__('The booking service has not answered since %1. What you see may be old; your session and its end are not touched.', moment(since, model.clock.now()))}
      </p>
      <button className="maia-Button" onClick={() => model.retry()}>
        {trans.__('Try again')}
      </button>
    </section>
  );
}

function Booker({ model }: { model: GpuModel }): JSX.Element | null {
  const trans = useTrans();
  const [open, setOpen] = React.useState(false);
  React.useEffect(() => {
    const show = () => setOpen(true);
    model.bookingAsked.connect(show);
    return () => void model.bookingAsked.disconnect(show);
  }, [model]);
  const pools = model.state?.pools ?? [];
  if (!open || !pools.length) {
    return null;
  }
  const close = () => setOpen(false);
  const done = (booking: Booking) => {
    close();
    const when = span(ms(booking.start), ms(booking.end), model.clock.now());
    Notification.success(trans.__('Booked: %1, %2.', booking.product, when), { autoClose: 5000 });
  };
  const waiting = (entry: WaitlistEntry) => {
    if (entry.booking) {
      return done(entry.booking);
    }
    close();
    Notification.success(trans.__('You wait for it: place %1.', entry.place ?? '–'), { autoClose: 5000 });
  };
  return (
    <Dialog title={trans.__('Book a GPU')} onClose={close}>
      <BookingForm
        api={model.api}
        clock={model.clock}
        pools={pools}
        draft={emptyDraft(pools, model.clock.now())}
        onDone={done}
        onWaiting={waiting}
        onCancel={close}
      />
    </Dialog>
  );
}

function Panel(parts: Parts): JSX.Element {
  return (
    <div className="maia-ui">
      <Health model={parts.model} />
      {parts.model.state && (
        <>
          <Here {...parts} />
          <UsageSection model={parts.model} />
          <Bookings {...parts} />
        </>
      )}
    </div>
  );
}

export class GpuPanel extends ReactWidget {
  constructor(
    private readonly parts: Parts,
    private readonly trans: Words,
    caption: string
  ) {
    super();
    this.id = 'maia-gpu-panel';
    this.addClass('maia-GpuPanel');
    this.title.icon = gpuIcon;
    this.title.caption = caption;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', caption);
  }

  protected override render(): JSX.Element {
    return (
      <WordsContext.Provider value={this.trans}>
        <UseSignal signal={this.parts.model.changed}>{() => <Panel {...this.parts} />}</UseSignal>
        <Booker model={this.parts.model} />
      </WordsContext.Provider>
    );
  }
}
