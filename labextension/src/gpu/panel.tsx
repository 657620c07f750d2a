/** The GPU panel in the sidebar. */

import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Booking, State } from '../api';
import { ComingDays, Opening, Templates, useOpened } from '../bookings';
import { CommandIDs } from '../tokens';
import { Waitlist, Words, purpose, useNow, useTrans } from '../ui';
import { MINUTE, duration, moment, ms, span } from '../ui/time';
import { Here, Parts, Shown } from './here';
import { gpuIcon } from './icon';
import type { GpuModel } from './model';
import { Surroundings } from './surroundings';
import { UsageSection } from './usage';

function Coming({ booking, now, open }: { booking: Booking; now: number; open: Opening['open'] }): JSX.Element {
  const trans = useTrans();
  return (
    <li>
      <button
        className="maia-GpuPanel-booking"
        title={trans.__('Change it, hand it over, cancel it…')}
        onClick={() => open(booking)}
      >
        <span>
          {booking.gpus > 1 ? `${booking.gpus} × ` : ''}
          {booking.product}
          {purpose(booking) && ` (${purpose(booking)})`}
          {booking.series && ` ${trans.__('repeats')}`}
        </span>
        <span className="maia-GpuPanel-soft">
          {ms(booking.start) <= now
            ? trans.__('now, until %1', moment(ms(booking.end), now))
            : span(ms(booking.start), ms(booking.end), now)}
        </span>
      </button>
    </li>
  );
}

function Bookings({ model, actions, commands, book, open }: Shown): JSX.Element {
  const trans = useTrans();
  const now = useNow(model.clock, MINUTE);
  return (
    <section aria-labelledby="maia-gpu-bookings">
      <h2 id="maia-gpu-bookings">{trans.__('My bookings')}</h2>
      {model.coming.length ? (
        <ul>
          {model.coming.map(booking => (
            <Coming key={booking.id} booking={booking} now={now} open={open} />
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
        <button className="maia-Button" onClick={() => book()}>
          {trans.__('Book a GPU…')}
        </button>
        <button className="maia-Button" onClick={() => void commands.execute(CommandIDs.calendar)}>
          {trans.__('Open the calendar')}
        </button>
      </div>
    </section>
  );
}

function Health({ model }: { model: GpuModel }): JSX.Element | null {
  const trans = useTrans();
  const { health, since, why, every = 0 } = model.status;
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
  if (health === 'asking') {
    return (
      <section role="status">
        <p>
          {why} {trans.__('JupyterLab asks every %1 instead, and works as always.', duration(every))}
        </p>
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

function Days({ model, book }: Shown): JSX.Element {
  const trans = useTrans();
  const { pools, calendar_version: version } = model.state as State;
  return (
    <section aria-labelledby="maia-gpu-days">
      <h2 id="maia-gpu-days">{trans.__('Coming days')}</h2>
      <ComingDays pools={pools} version={version} onPick={pick => book({ ...pick, immediate: false })} />
    </section>
  );
}

function Panel(parts: Parts): JSX.Element {
  const { model } = parts;
  const { book, open, dialog } = useOpened(model.state?.pools ?? []);
  const latest = React.useRef(book);
  latest.current = book;
  React.useEffect(() => {
    const ask = () => latest.current();
    model.bookingAsked.connect(ask);
    return () => void model.bookingAsked.disconnect(ask);
  }, [model]);
  const shown = { ...parts, book, open };
  return (
    <div className="maia-ui">
      <Health model={model} />
      {model.state && (
        <>
          <Here {...shown} />
          <UsageSection model={model} />
          <Bookings {...shown} />
          <Days {...shown} />
          <Templates />
        </>
      )}
      {dialog}
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
      <Surroundings {...this.parts} trans={this.trans}>
        <UseSignal signal={this.parts.model.changed}>{() => <Panel {...this.parts} />}</UseSignal>
      </Surroundings>
    );
  }
}
