/** GPUs that cannot be used for a while: maintenance, a broken card, a node that is away. */

import * as React from 'react';

import { Gpu, Outage } from '../../../src/api';
import { ErrorText, useNow } from '../../../src/ui';
import { MINUTE, addDays, iso, moment, ms, span, startOfDay } from '../../../src/ui/time';
import { useLiveState, useLoaded } from '../live';
import { useServices } from '../services';
import { useTry } from '../toast';
import { AddOutage } from './outageForm';
import { gpuName } from './outageGpu';

/** How far ahead outages are listed, in days. */
const AHEAD = 366;

/** What an outage is of, in words. */
function which(outage: Outage, gpus: Gpu[]): string {
  const named = gpus.find(gpu => gpu.id === outage.gpu);
  return named ? gpuName(named) : (outage.gpu ?? `${outage.gpus} ${outage.gpus === 1 ? 'GPU' : 'GPUs'}`);
}

export function Outages(): JSX.Element {
  const { api, clock } = useServices();
  const attempt = useTry();
  const state = useLiveState();
  const now = useNow(clock, MINUTE);
  const today = startOfDay(now);
  const load = () => api.calendar(iso(today), iso(addDays(today, AHEAD)));
  const { value, error, reload } = useLoaded(load, [api, today, state?.calendar_version]);
  const gpus = (value?.pools ?? []).flatMap(({ pool }) => pool.gpus);
  const nodes = [...new Set(gpus.map(gpu => gpu.node))].map(node => ({ node, gpus: gpus.filter(gpu => gpu.node === node) }));
  const outages = (value?.pools ?? []).flatMap(pool => pool.outages).filter(outage => !outage.kept && ms(outage.end) > now);
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
          <li key={`${outage.node}/${outage.start}/${outage.gpu ?? outage.gpus}`}>
            <span>
              <strong>
                {which(outage, gpus)} on {outage.node}
              </strong>{' '}
              {outage.by_cluster ? `since ${moment(ms(outage.start), now)}` : span(ms(outage.start), ms(outage.end), now)}, {outage.reason}
            </span>
            {outage.by_cluster ? (
              <small className="portal-Soft">ends when the cluster says so</small>
            ) : (
              <button type="button" className="maia-Button" onClick={() => void remove(outage)}>
                Remove
              </button>
            )}
          </li>
        ))}
      </ul>
      {nodes.length > 0 && <AddOutage nodes={nodes} onAdded={reload} />}
    </section>
  );
}
