/** States, connections and sizes in words. */

import type { Words } from '../ui';
import type { Group, Job, System } from './records';

export { sizeWord } from '../ui/size';

export const GROUPS: Group[] = ['waiting', 'running', 'done', 'failed', 'unsure'];

export function groupWord(trans: Words, group: Group): string {
  return {
    waiting: trans.__('waiting'),
    running: trans.__('running'),
    done: trans.__('done'),
    failed: trans.__('not done'),
    unsure: trans.__('being found out')
  }[group];
}

/** What has become of a job: our word, and the scheduler's own where it says more. */
export function stateWord(trans: Words, job: Job): string {
  const plain = { PENDING: 'waiting', RUNNING: 'running', COMPLETED: 'done' }[job.state];
  return plain ? groupWord(trans, job.group) : job.state.toLowerCase().replace(/_/g, ' ');
}

/** How a system is. `good` is false where somebody has to do something before it can be used. */
export function health(trans: Words, system: System): { word: string; good: boolean } {
  if (system.connection === 'sign-in-again') {
    return { word: trans.__('sign in'), good: false };
  }
  if (system.trouble) {
    return { word: trans.__('trouble'), good: false };
  }
  const word = {
    local: trans.__('ready'),
    open: trans.__('connected'),
    closed: trans.__('not connected'),
    lost: trans.__('connection lost'),
    'files-only': trans.__('files only')
  }[system.connection];
  return { word, good: system.connection !== 'lost' };
}

/** An amount of memory as Slurm counts it, in powers of 1024. */
export function memoryWord(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return gib < 1 ? `${Math.round(1024 * gib)} MiB` : `${Number(gib.toFixed(1))} GiB`;
}
