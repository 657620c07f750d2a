/** GPUs that cannot be used for a while: maintenance, a broken card. */

import * as React from 'react';

import { Outage } from '../../../src/api';
import { ErrorText, useNow } from '../../../src/ui';
import { HOUR, MINUTE, addDays, fromInput, iso, ms, nextMinute, span, startOfDay, toInput } from '../../../src/ui/time';
import { useLiveState, useLoaded } from '../live';
import { useServices } from '../services';
import { useTry } from '../toast';

/** How far ahead outages are listed, in days. */
const AHEAD = 366;

function AddOutage({ nodes, onAdded }: { nodes: { node: string; gpus: number }[]; onAdded: () => void }): JSX.Element {
  const { api, clock } = useServices();
  const attempt = useTry();
  const first = nextMinute(clock.now());
  const [outage, setOutage] = React.useState({ node: nodes[0]?.node ?? '', gpus: 1, start: first, end: first + 4 * HOUR, reason: '' });
  const most = nodes.find(one => one.node === outage.node)?.gpus ?? 1;
  const add = async (event: React.FormEvent) => {
    event.preventDefault();
    const { start, end } = outage;
    if (await attempt(() => api.addOutage({ ...outage, start: iso(start), end: iso(end) }))) {
      setOutage({ ...outage, reason: '' });
      onAdded();
    }
  };
  const time = (name: 'start' | 'end', label: string) => (
    <label className="maia-Field">
      {label}
      <input
        type="datetime-local"
        required
        value={Number.isFinite(outage[name]) ? toInput(outage[name]) : ''}
        onChange={event => setOutage({ ...outage, [name]: fromInput(event.target.value) })}
      />
    </label>
  );
  return (
    <form className="portal-OutageForm" aria-label="Add an outage" onSubmit={event => void add(event)}>
      <label className="maia-Field">
        Machine
        <select value={outage.node} onChange={event => setOutage({ ...outage, node: event.target.value, gpus: 1 })}>
          {nodes.map(one => (
            <option key={one.node}>{one.node}</option>
          ))}
        </select>
      </label>
      <label className="maia-Field">
        GPUs
        <input
          type="number"
          min={1}
          max={most}
          value={outage.gpus}
          onChange={event => setOutage({ ...outage, gpus: Number(event.target.value) })}
        />
      </label>
      {time('start', 'From')}
      {time('end', 'To')}
      <label className="maia-Field maia-mod-grow">
        Reason
        <input required maxLength={200} value={outage.reason} onChange={event => setOutage({ ...outage, reason: event.target.value })} />
      </label>
      <button type="submit" className="maia-Button maia-mod-primary">
        Add
      </button>
    </form>
  );
}

export function Outages(): JSX.Element {
  const { api, clock } = useServices();
  const attempt = useTry();
  const state = useLiveState();
  const now = useNow(clock, MINUTE);
  const today = startOfDay(now);
  const load = () => api.calendar(iso(today), iso(addDays(today, AHEAD)));
  const { value, error, reload } = useLoaded(load, [api, today, state?.calendar_version]);
  const nodes = (value?.pools ?? []).flatMap(({ pool }) =>
    [...new Set(pool.gpus.map(gpu => gpu.node))].map(node => ({
      node,
      gpus: pool.gpus.filter(gpu => gpu.node === node).length
    }))
  );
  const outages = (value?.pools ?? []).flatMap(pool => pool.outages).filter(outage => ms(outage.end) > now);
  const remove = async (outage: Outage) => {
    if (await attempt(() => api.removeOutage(outage))) {
      reload();
    }
  };
  return (
    <section className="portal-Card" aria-labelledby="outages">
      <h2 id="outages">Outages</h2>
      {error !== null && <ErrorText error={error} />}
      {value && outages.length === 0 && <p className="portal-Soft">None now, none planned.</p>}
      <ul className="portal-OutageList">
        {outages.map(outage => (
          <li key={`${outage.node}/${outage.start}/${outage.gpus}`}>
            <span>
              <strong>
                {outage.gpus} GPU on {outage.node}
              </strong>{' '}
              {span(ms(outage.start), ms(outage.end), now)}, {outage.reason}
            </span>
            <button type="button" className="maia-Button" onClick={() => void remove(outage)}>
              Remove
            </button>
          </li>
        ))}
      </ul>
      {nodes.length > 0 && <AddOutage nodes={nodes} onAdded={reload} />}
    </section>
  );
}
