/** What is told wherever one is in JupyterLab: a job is over, something has come back. */

import { Notification } from '@jupyterlab/apputils';

import { Words } from '../ui';
import type { Actions } from './actions';
import type { HpcModel } from './model';
import type { Job, Returned, Task } from './records';
import { stateWord } from './words';

export class Notifier {
  constructor(
    model: HpcModel,
    private readonly actions: Actions,
    private readonly trans: Words
  ) {
    model.ended.connect((_, job) => this.ended(job));
    model.returned.connect((_, task) => this.returned(task));
  }

  private ended(job: Job): void {
    const where = this.actions.title(job.system);
    const show = { label: this.trans.__('Open it'), callback: () => this.actions.open(job.token) };
    if (job.group === 'done') {
      Notification.success(this.trans.__('“%1” on %2 is done.', job.name, where), { autoClose: false, actions: [show] });
      return;
    }
    const said = this.trans.__('“%1” on %2 has ended: %3. %4', job.name, where, stateWord(this.trans, job), job.advice);
    Notification.warning(said, { autoClose: false, actions: [show] });
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
        autoClose: false,
        actions: [{ label: this.trans.__('Open the notebook'), callback: () => this.actions.openFile(path) }]
      });
    }
  }
}
