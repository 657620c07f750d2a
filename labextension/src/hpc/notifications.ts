/** What is told wherever one is in JupyterLab: a job is over, something has come back. */

import { Notification } from '@jupyterlab/apputils';

import { Words } from '../ui';
import type { Actions } from './actions';
import { Ends, GOOD_NEWS } from './ends';
import type { HpcModel } from './model';
import type { Returned, Task } from './records';

export class Notifier {
  constructor(
    model: HpcModel,
    private readonly actions: Actions,
    private readonly trans: Words
  ) {
    const ends = new Ends(actions, trans);
    model.ended.connect((_, job) => ends.tell(job));
    model.missed.connect((_, jobs) => ends.missed(jobs));
    model.returned.connect((_, task) => this.returned(task));
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
