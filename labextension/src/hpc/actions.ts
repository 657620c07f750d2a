/** What a person does with jobs and systems in JupyterLab: confirmed where it cannot be taken back, told how it went. */

import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { CommandRegistry } from '@lumino/commands';

import { HpcCommandIDs, ToolsCommandIDs } from '../tokens';
import type { ToolsModel } from '../tools/model';
import { Words, errorText } from '../ui';
import { GivenUp, HpcModel } from './model';
import type { Finding, Job, JobForm, Sent, Tracked } from './records';

export class Actions {
  constructor(
    private readonly model: HpcModel,
    private readonly commands: CommandRegistry,
    private readonly documents: IDocumentManager,
    private readonly tools: ToolsModel | null,
    readonly trans: Words
  ) {}

  open(token: string): void {
    void this.commands.execute(HpcCommandIDs.open, { token });
  }

  showAll(): void {
    void this.commands.execute(HpcCommandIDs.show);
  }

  /** Open the form, filled as far as is known. */
  create(form: Partial<Record<keyof JobForm, unknown>> = {}): void {
    void this.commands.execute(HpcCommandIDs.create, { form: form as never });
  }

  /** Open the form with what is to go along: what is unsaved in an open notebook is saved first. */
  async send(sent: Sent): Promise<void> {
    const open = this.documents.findWidget(sent.path);
    if (open?.context.model.dirty) {
      await this.told(open.context.save());
    }
    const name = PathExt.basename(sent.path, '.ipynb');
    this.create({ name, send: sent });
  }

  async fetch(job: Job, to: string, patterns: string[]): Promise<void> {
    const done = await this.told(this.model.fetch(job.token, to, patterns));
    if (done && !done.files) {
      this.say(this.trans.__('No file of “%1” matches.', job.name));
    } else if (done) {
      const go = () => void this.commands.execute('filebrowser:open-path', { path: done.path });
      Notification.success(this.trans._n('%1 file is in %2.', '%1 files are in %2.', done.files, done.path), {
        autoClose: 8000,
        actions: [{ label: this.trans.__('Go there'), callback: go }]
      });
    }
  }

  /** What opens a run in the project's MLflow; null where that cannot be seen now. */
  openerOf(run: Tracked): (() => void) | null {
    const own = this.tools?.project === this.tools?.own ? this.tools?.state.tools : [];
    const card = own?.find(each => each.kind === 'mlflow' && each.opens === 'page' && each.state === 'ready');
    const args = { name: card?.name, path: run.page };
    return card ? () => void this.commands.execute(ToolsCommandIDs.open, args as never) : null;
  }

  openFile(path: string): void {
    this.documents.openOrReveal(path);
  }

  say(text: string): void {
    Notification.info(text, { autoClose: 8000 });
  }

  /** Submit a form; an error is the form's to show. */
  async submit(form: JobForm): Promise<Job> {
    const job = await this.model.submit(form);
    Notification.success(this.trans.__('Submitted to %1: %2', this.title(job.system), job.name), {
      autoClose: 5000,
      actions: [{ label: this.trans.__('Show it'), callback: () => this.open(job.token) }]
    });
    return job;
  }

  async cancel(job: Job): Promise<void> {
    const asked = await showDialog({
      title: this.trans.__('Cancel this job?'),
      body: this.trans.__('“%1” on %2 is ended. What it has written stays.', job.name, this.title(job.system)),
      buttons: [
        Dialog.cancelButton({ label: this.trans.__('Let it run') }),
        Dialog.warnButton({ label: this.trans.__('Cancel the job') })
      ],
      defaultButton: 0
    });
    if (asked.button.accept) {
      await this.told(this.model.cancel(job.token));
    }
  }

  /** Open the form with what the job was made of. */
  async change(token: string): Promise<void> {
    const page = await this.told(this.model.api.job(token));
    if (page) {
      this.create(page.form);
    }
  }

  /** Find out whether a job was taken, and submit it if it was not. */
  async again(token: string): Promise<void> {
    await this.told(this.model.again(token));
  }

  async forget(job: Job): Promise<void> {
    const asked = await showDialog({
      title: this.trans.__('Remove from the list?'),
      body: this.trans.__('“%1” is not listed any more. Its files on %2 stay.', job.name, this.title(job.system)),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: this.trans.__('Remove') })]
    });
    if (asked.button.accept) {
      await this.told(this.model.api.forget(job.token));
    }
  }

  async signIn(system: string): Promise<void> {
    await this.told(this.model.signIn(system));
  }

  check(system: string): Promise<Finding[] | undefined> {
    return this.told(this.model.check(system));
  }

  /** Wait for something; an error is told where everybody sees it. */
  async told<T>(doing: Promise<T>): Promise<T | undefined> {
    try {
      return await doing;
    } catch (error) {
      if (!(error instanceof GivenUp)) {
        Notification.error(errorText(this.trans, error), { autoClose: false });
      }
      return undefined;
    }
  }

  title(system: string): string {
    return this.model.system(system)?.title ?? system;
  }
}
