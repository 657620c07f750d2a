/** What is told wherever one is in JupyterLab: a job is over, something has come back. */

import { Notification } from '@jupyterlab/apputils';

import { Words } from '../ui';
import type { Actions } from './actions';
import type { HpcModel } from './model';
import type { Job, Returned, Task } from './records';
import { stateWord } from './words';

/** How many ends that nobody saw are told one by one. */
const SINGLY = 3;

/** Milliseconds that good news stays over the page; the bell keeps it. What went wrong, or was missed, stays. */
const GOOD_NEWS = 60_000;

export class Notifier {
  constructor(
    model: HpcModel,
    private readonly actions: Actions,
    private readonly trans: Words
  ) {
    model.ended.connect((_, job) => this.ended(job));
    model.missed.connect((_, jobs) => this.missed(jobs));
    model.returned.connect((_, task) => this.returned(task));
  }

  private ended(job: Job, good: number | false = GOOD_NEWS): void {
    const where = this.actions.title(job.system);
    const show = { label: this.trans.__('Open it'), callback: () => this.actions.open(job.token) };
    if (job.group === 'done') {
      Notification.success(this.trans.__('“%1” on %2 is done.', job.name, where), { autoClose: good, actions: [show] });
      return;
    }
    const said = this.trans.__('“%1” on %2 has ended: %3. %4', job.name, where, stateWord(this.trans, job), job.advice);
    Notification.warning(said, { autoClose: false, actions: [show] });
  }

  private missed(jobs: Job[]): void {
    if (jobs.length <= SINGLY) {
      jobs.forEach(job => this.ended(job, false));
      return;
    }
    const failed = jobs.filter(job => job.group !== 'done').length;
    Notification.info(
      this.trans.__('%1 jobs have ended since you were here; of them %2 did not end well.', jobs.length, failed),
      { autoClose: false, actions: [{ label: this.trans.__('Show the jobs'), callback: () => this.actions.showAll() }] }
    );
  }

  /** A notebook that ran elsewhere is here, or could not be fetched. */
  private returned(task: Task): void {
    if (task.state === 'failed') {
      Notification.warning(
        this.trans.__('What ran is not back yet: %1 %2', task.problem?.detail, task.problem?.advice ?? ''),
        { autoClose: false, actions: [{ label: this.trans.__('Open the job'), callback: () => this.actions.open(task.subject) }] }
      );
    }
    const { path } = (task.result ?? {}) as Returned;
    if (task.state === 'done' && path) {
      Notification.success(this.trans.__('%1 is back.', path), {
        autoClose: GOOD_NEWS,
        actions: [{ label: this.trans.__('Open the notebook'), callback: () => this.actions.openFile(path) }]
      });
    }
  }
}
