/** Taking GPUs out of service for a while; the bookings that this would hit are shown before it is done. */

import * as React from 'react';

import { Booking, OutageEffect, Pool } from '../../../src/api';
import { useNow } from '../../../src/ui';
import { HOUR, MINUTE, fromInput, ms, nextMinute, span, toInput } from '../../../src/ui/time';
import { useServices } from '../services';
import { useTry } from '../toast';
import { WhichGpus } from './outageGpu';
import { Draft, Machines, checked, added } from './outageDraft';

function Bookings({ title, bookings }: { title: string; bookings: Booking[] }): JSX.Element | null {
  const { clock } = useServices();
  const now = useNow(clock, MINUTE);
  if (!bookings.length) {
    return null;
  }
  return (
    <>
      <p>{title}</p>
      <ul>
        {bookings.map(booking => (
          <li key={booking.id}>
            {booking.user}, {booking.gpus} GPU, {span(ms(booking.start), ms(booking.end), now)}
          </li>
        ))}
      </ul>
    </>
  );
}

interface ConfirmProps {
  effect: OutageEffect;
  onYes: () => void;
  onNo: () => void;
}

function Confirm({ effect, onYes, onNo }: ConfirmProps): JSX.Element {
  const risky = effect.endangered.length > 0 || effect.restarted.length > 0;
  return (
    <div className="portal-Effect" role="group" aria-label="What the outage does to bookings">
      <Bookings title="These go to other machines; their owners notice nothing:" bookings={effect.moved} />
      <Bookings
        title="There is no other place for these; their owners are told and offered other times:"
        bookings={effect.endangered}
      />
      {effect.restarted.length > 0 && (
        <p>
          Servers that hold it are told and restarted when it begins, with another GPU if one is free:{' '}
          {effect.restarted.join(', ')}.
        </p>
      )}
      <button type="button" className={`maia-Button ${risky ? 'maia-mod-danger' : 'maia-mod-primary'}`} onClick={onYes}>
        {effect.endangered.length > 0 ? 'Add despite these bookings' : risky ? 'Add and restart' : 'Add'}
      </button>{' '}
      <button type="button" className="maia-Button" onClick={onNo}>
        Do not add
      </button>
    </div>
  );
}

export function AddOutage({ pools, onAdded }: { pools: Pool[]; onAdded: () => void }): JSX.Element {
  const { api, clock } = useServices();
  const attempt = useTry();
  const devices = pools.flatMap(pool => pool.gpus);
  const first = nextMinute(clock.now());
  const [outage, setOutage] = React.useState<Draft>({
    node: devices[0].node,
    pool: null,
    gpus: 1,
    gpu: null,
    start: first,
    end: first + 4 * HOUR,
    reason: ''
  });
  const [effect, setEffect] = React.useState<OutageEffect | null>(null);
  const gpus = outage.pool === null ? devices.filter(gpu => gpu.node === outage.node) : [];
  const change = (changed: Partial<Draft>) => {
    setEffect(null);
    setOutage({ ...outage, ...changed });
  };
  const add = async (despite: boolean) => {
    if (await attempt(() => added(api, outage, despite))) {
      change({ reason: '' });
      onAdded();
    }
  };
  const ask = async (event: React.FormEvent) => {
    event.preventDefault();
    let found: OutageEffect | null = null;
    const asked = await attempt(async () => {
      found = await checked(api, outage);
    });
    if (!asked || found === null) {
      return;
    }
    const { moved, endangered, restarted } = found as OutageEffect;
    if (moved.length || endangered.length || restarted.length) {
      setEffect(found);
    } else {
      await add(false);
    }
  };
  const time = (name: 'start' | 'end', label: string) => (
    <label className="maia-Field">
      {label}
      <input
        type="datetime-local"
        required
        value={Number.isFinite(outage[name]) ? toInput(outage[name]) : ''}
        onChange={event => change({ [name]: fromInput(event.target.value) })}
      />
    </label>
  );
  return (
    <>
      <form className="portal-OutageForm" aria-label="Add an outage" onSubmit={event => void ask(event)}>
        <Machines pools={pools} node={outage.node} pool={outage.pool} change={change} />
        {outage.pool === null && <WhichGpus gpus={gpus} count={outage.gpus} gpu={outage.gpu} change={change} />}
        {time('start', 'From')}
        {time('end', 'To')}
        <label className="maia-Field maia-mod-grow">
          Reason
          <input required maxLength={200} value={outage.reason} onChange={event => change({ reason: event.target.value })} />
        </label>
        <button type="submit" className="maia-Button maia-mod-primary">
          Add
        </button>
      </form>
      {effect && <Confirm effect={effect} onYes={() => void add(effect.endangered.length > 0)} onNo={() => setEffect(null)} />}
    </>
  );
}
