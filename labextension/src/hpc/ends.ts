/** One notice of the ends of jobs: while it is over the page, further ends are counted in it and cover nothing more. */

import { Notification } from '@jupyterlab/apputils';

import { Words } from '../ui';
import type { Actions } from './actions';
import type { Job } from './records';
import { stateWord } from './words';

/** Milliseconds that good news stays over the page; the bell keeps it. What went wrong, or was missed, stays. */
export const GOOD_NEWS = 60_000;

export class Ends {
  constructor(
    private readonly actions: Actions,
    private readonly trans: Words
  ) {}

  /** Tell ends that are seen as they come. */
  tell(job: Job): void {
    this.add([job], false);
  }

  /** Tell ends that nobody saw. */
  missed(jobs: Job[]): void {
    this.add(jobs, true);
  }

  private add(jobs: Job[], missed: boolean): void {
    if (!this.isSeen()) {
      this.id = '';
      this.type = '';
      this.told.clear();
      this.stays = false;
    }
    const [last] = [...jobs].sort((one, other) => (one.changed < other.changed ? 1 : -1));
    jobs.forEach(job => this.told.set(job.token, job));
    this.stays ||= missed || this.failed > 0;
    this.show(last, missed);
    this.until = Date.now() + GOOD_NEWS;
  }

  /** Whether the notice is over the page, as far as can be known: nobody tells when its time has run out. */
  private isSeen(): boolean {
    return Notification.manager.has(this.id) && (this.stays || Date.now() < this.until);
  }

  private get failed(): number {
    return [...this.told.values()].filter(job => job.group !== 'done').length;
  }

  private show(last: Job, missed: boolean): void {
    const single = this.told.size === 1;
    const message = single ? this.sentence(last, true) : `${this.count(missed)} ${this.sentence(last, false)}`;
    const type = this.failed ? 'warning' : 'success';
    const action = single
      ? { label: this.trans.__('Open it'), callback: () => this.actions.open(last.token) }
      : { label: this.trans.__('Show the jobs'), callback: () => this.actions.showAll() };
    const options = { autoClose: this.stays ? (false as const) : GOOD_NEWS, actions: [action] };
    if (this.type && type !== this.type) {
      Notification.dismiss(this.id); // one that is updated keeps the colour of its bar
    }
    this.type = type;
    if (!Notification.update({ id: this.id, message, type, ...options })) {
      this.id = Notification.emit(message, type, options);
    }
  }

  private sentence(job: Job, advised: boolean): string {
    const where = this.actions.title(job.system);
    if (job.group === 'done') {
      return this.trans.__('“%1” on %2 is done.', job.name, where);
    }
    const said = this.trans.__('“%1” on %2 has ended: %3.', job.name, where, stateWord(this.trans, job));
    return advised ? `${said} ${job.advice}` : said;
  }

  private count(missed: boolean): string {
    const all = this.told.size;
    const since = missed
      ? this.trans.__('%1 jobs have ended since you were here', all)
      : this.trans.__('%1 jobs have ended', all);
    return this.failed
      ? this.trans.__('%1, %2 of them not well. The last:', since, this.failed)
      : this.trans.__('%1, all well. The last:', since);
  }

  private id = '';
  private type: Notification.TypeOptions | '' = '';
  /** Until when good news stays. */
  private until = 0;
  private stays = false;
  /** The jobs that the notice counts. */
  private readonly told = new Map<string, Job>();
}
