/** How much of the GPUs of this server is in use: only what was measured, never a guess. */

import * as React from 'react';

import { GpuUsage } from '../api';
import { useTrans } from '../ui';
import type { GpuModel } from './model';

export function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(bytes < 2 ** 33 ? 1 : 0);
}

function Meter({ label, value, max, text }: { label: string; value: number; max: number; text: string }): JSX.Element {
  const id = React.useId();
  return (
    <div className="maia-GpuPanel-meter">
      <label htmlFor={id}>{label}</label>
      <meter id={id} min={0} max={max} value={value}>
        {text}
      </meter>
      <span>{text}</span>
    </div>
  );
}

function UsageOf({ usage, name }: { usage: GpuUsage; name: string }): JSX.Element {
  const trans = useTrans();
  if (usage.utilisation === null && usage.memory_used === null) {
    return (
      <p className="maia-GpuPanel-soft">
        {usage.simulated
          ? trans.__('%1: not measured, for it is simulated.', name)
          : trans.__('%1: not measured; its driver does not tell.', name)}
      </p>
    );
  }
  return (
    <div>
      <strong>{name}</strong>
      {usage.utilisation !== null && (
        <Meter
          label={trans.__('In use')}
          value={usage.utilisation}
          max={100}
          text={trans.__('%1 %', Math.round(usage.utilisation))}
        />
      )}
      {usage.memory_used !== null && (
        <Meter
          label={trans.__('Memory')}
          value={usage.memory_used}
          max={usage.memory}
          text={trans.__('%1 of %2 GiB', gib(usage.memory_used), gib(usage.memory))}
        />
      )}
    </div>
  );
}

export function UsageSection({ model }: { model: GpuModel }): JSX.Element | null {
  const trans = useTrans();
  const gpus = model.session?.gpus ?? [];
  const usages = model.usage?.gpus ?? [];
  const mine = gpus.map((gpu, i) => ({ gpu, i, usage: usages.find(one => one.gpu === gpu.id) })).filter(one => one.usage);
  if (!mine.length) {
    return null;
  }
  return (
    <section aria-labelledby="maia-gpu-usage">
      <h2 id="maia-gpu-usage">{trans.__('Use')}</h2>
      {mine.map(({ gpu, i, usage }) => (
        <UsageOf key={gpu.id} usage={usage as GpuUsage} name={trans.__('GPU %1', i)} />
      ))}
    </section>
  );
}
