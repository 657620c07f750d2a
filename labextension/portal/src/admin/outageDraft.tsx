/** What is about to be taken out of service: GPUs of one machine, or all machines with a product. */

import * as React from 'react';

import { Api, OutageEffect, Pool } from '../../../src/api';
import { iso } from '../../../src/ui/time';

export interface Draft {
  node: string;
  /** The product's, if it is to be out as a whole. */
  pool: string | null;
  gpus: number;
  gpu: string | null;
  start: number;
  end: number;
  reason: string;
}

const times = ({ start, end, reason }: Draft) => ({ start: iso(start), end: iso(end), reason });
const ofNode = (draft: Draft) => ({ ...times(draft), node: draft.node, gpus: draft.gpus, gpu: draft.gpu });

/** What would it do to bookings? */
export function checked(api: Api, draft: Draft): Promise<OutageEffect> {
  const { pool } = draft;
  return pool === null ? api.checkOutage(ofNode(draft)) : api.checkBlock({ ...times(draft), pool });
}

export async function added(api: Api, draft: Draft, despite: boolean): Promise<void> {
  const { pool } = draft;
  await (pool === null ? api.addOutage(ofNode(draft), despite) : api.block({ ...times(draft), pool }, despite));
}

export interface MachinesProps {
  pools: Pool[];
  node: string;
  pool: string | null;
  change: (to: Partial<Draft>) => void;
}

const PRODUCT = 'product:';

export function Machines({ pools, node, pool, change }: MachinesProps): JSX.Element {
  const names = [...new Set(pools.flatMap(one => one.gpus.map(gpu => gpu.node)))];
  const whole = pools.filter(one => one.gpus.length > 0);
  const choose = (value: string) => {
    const one = pools.find(each => PRODUCT + each.id === value);
    change({ ...(one ? { pool: one.id } : { node: value, pool: null }), gpus: 1, gpu: null });
  };
  return (
    <label className="maia-Field">
      Machine
      <select value={pool === null ? node : PRODUCT + pool} onChange={event => choose(event.target.value)}>
        {names.map(name => (
          <option key={name}>{name}</option>
        ))}
        {whole.map(one => (
          <option key={one.id} value={PRODUCT + one.id}>
            {`All machines with ${one.product}`}
          </option>
        ))}
      </select>
    </label>
  );
}
