/** Which GPUs of a machine an outage is of: the one that is broken, by its name, or a number of them. */

import * as React from 'react';

import { Gpu } from '../../../src/api';

export function gpuName(gpu: Gpu): string {
  return `GPU ${gpu.index} (${gpu.id})`;
}

/** Kubernetes counts GPUs: their ids name a resource, not a device. */
const named = (gpu: Gpu): boolean => !gpu.id.includes('/');

export interface WhichProps {
  gpus: Gpu[];
  count: number;
  gpu: string | null;
  change: (which: { gpus: number; gpu: string | null }) => void;
}

export function WhichGpus({ gpus, count, gpu, change }: WhichProps): JSX.Element {
  return (
    <>
      {gpus.some(named) && (
        <label className="maia-Field">
          Which
          <select value={gpu ?? ''} onChange={event => change({ gpus: 1, gpu: event.target.value || null })}>
            <option value="">any of them</option>
            {gpus.filter(named).map(one => (
              <option key={one.id} value={one.id}>
                {gpuName(one)}
              </option>
            ))}
          </select>
        </label>
      )}
      {gpu === null && (
        <label className="maia-Field">
          GPUs
          <input
            type="number"
            min={1}
            max={gpus.length || 1}
            value={count}
            onChange={event => change({ gpus: Number(event.target.value), gpu: null })}
          />
        </label>
      )}
    </>
  );
}
