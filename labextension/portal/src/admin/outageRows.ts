/** Outages as they are listed: one line for each, and one for a product that is out on several machines at once. */

import { Block, Gpu, Outage, PoolCalendar } from '../../../src/api';
import { gpuName } from './outageGpu';

export interface Row {
  outage: Outage;
  /** What it is of, in words. */
  what: string;
  /** How it is put back, if it is of several machines. */
  block: Block | null;
}

/** What an outage of one machine is of. */
function which(outage: Outage, gpus: Gpu[]): string {
  const named = gpus.find(gpu => gpu.id === outage.gpu);
  const count = outage.gpu ?? `${outage.gpus} ${outage.gpus === 1 ? 'GPU' : 'GPUs'}`;
  return `${named ? gpuName(named) : count} on ${outage.node}`;
}

/** Outages of whole machines that somebody planned for the same time and reason go together. */
function together(outage: Outage, gpus: Gpu[]): string {
  const there = gpus.filter(gpu => gpu.node === outage.node).length;
  const whole = !outage.by_cluster && !outage.gpu && outage.gpus >= there;
  return JSON.stringify([outage.start, outage.end, outage.reason, whole ? '' : [outage.node, outage.gpu, outage.gpus]]);
}

function rowOf(outages: Outage[], { pool }: PoolCalendar): Row {
  const [outage] = outages;
  if (outages.length === 1) {
    return { outage, what: which(outage, pool.gpus), block: null };
  }
  const machines = new Set(pool.gpus.map(gpu => gpu.node)).size;
  const all = outages.length === machines ? `All ${machines}` : `${outages.length} of ${machines}`;
  const { start, end, reason } = outage;
  return { outage, what: `${all} machines with ${pool.product}`, block: { pool: pool.id, start, end, reason } };
}

/** What is out of service in a pool now or later. */
export function rowsOf(calendar: PoolCalendar, since: (outage: Outage) => boolean): Row[] {
  const groups = new Map<string, Outage[]>();
  for (const outage of calendar.outages.filter(one => !one.kept && since(one))) {
    const key = together(outage, calendar.pool.gpus);
    groups.set(key, [...(groups.get(key) ?? []), outage]);
  }
  return [...groups.values()].map(outages => rowOf(outages, calendar));
}
