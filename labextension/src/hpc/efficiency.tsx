/** What a job made of what it was given, as the system's accounting has it. */

import * as React from 'react';

import { useTrans } from '../ui';
import { duration } from '../ui/time';
import { useAround } from './around';
import type { Efficiency as Used, Job } from './records';
import { memoryWord } from './words';

function Share({ what, share, said }: { what: string; share: number | null; said: string }): JSX.Element | null {
  const id = React.useId();
  if (share === null) {
    return null;
  }
  return (
    <div className="maia-Hpc-share">
      <span id={id}>{what}</span>
      <meter aria-labelledby={id} min={0} max={1} value={share} />
      <span>
        {Math.round(100 * share)} % {said}
      </span>
    </div>
  );
}

/** Nothing where nobody counts, as on this machine, and before the end. */
export function Efficiency({ job }: { job: Job }): JSX.Element | null {
  const trans = useTrans();
  const { model } = useAround();
  const [used, setUsed] = React.useState<Used | null>(null);
  React.useEffect(() => {
    let current = true;
    setUsed(null);
    if (job.over && job.job_id) {
      model.api.efficiency(job.token).then(
        found => current && setUsed(found),
        () => undefined // whoever is not signed in sees it when she is
      );
    }
    return () => {
      current = false;
    };
  }, [model, job.token, job.over, job.job_id]);
  if (!used) {
    return null;
  }
  const memory = used.memory_given === null ? '' : trans.__('of %1', memoryWord(used.memory_given));
  return (
    <section aria-labelledby="maia-hpc-efficiency">
      <h2 id="maia-hpc-efficiency">{trans.__('What it used in %1', duration(1000 * used.seconds))}</h2>
      <Share what={trans.__('CPUs')} share={used.cpu_share} said={trans._n('of %1 CPU', 'of %1 CPUs', used.cpus)} />
      <Share what={trans.__('Memory')} share={used.memory_share} said={memory} />
      <Share what={trans.__('GPUs')} share={used.gpu_share} said={trans._n('of %1 GPU', 'of %1 GPUs', used.gpus)} />
    </section>
  );
}
