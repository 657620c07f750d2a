/** What a person does with MONAI Label in JupyterLab, and how it is told how it went. */

import { Dialog, InputDialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog } from '@jupyterlab/filebrowser';
import type { CommandRegistry } from '@lumino/commands';

import { MonaiLabelCommandIDs } from '../tokens';
import { Words, errorText } from '../ui';
import type { MonaiLabelModel } from './model';
import type { Server, Share, WaitingLabel } from './records';

export class Actions {
  constructor(
    private readonly model: MonaiLabelModel,
    private readonly commands: CommandRegistry,
    private readonly documents: IDocumentManager,
    readonly trans: Words
  ) {}

  /** Open a server's OHIF in a tab; `page` is one of its pages. */
  open(server: Server, page = ''): void {
    void this.commands.execute(MonaiLabelCommandIDs.open, { name: server.name, page });
  }

  /** Open a study where it is annotated. */
  openStudy(server: Server, study: string): void {
    this.open(server, `monai-label?StudyInstanceUIDs=${encodeURIComponent(study)}`);
  }

  openWindow(server: Server, page = ''): void {
    window.open(this.address(server, page), '_blank', 'noopener');
  }

  address(server: Server, page = ''): string {
    return new URL(page, new URL(server.viewer ?? '', location.origin)).href;
  }

  /** Where a program such as 3D Slicer finds it. */
  door(server: Server): string {
    return new URL(this.model.api.url(server.name, 'open'), location.origin).href;
  }

  async stop(server: Server): Promise<void> {
    const { button } = await showDialog({
      title: this.trans.__('Stop %1?', server.name),
      body: this.trans.__('A training that runs is saved first, which may take a minute. Models and labels are kept.'),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: this.trans.__('Stop it') })],
      defaultButton: 0
    });
    if (button.accept) {
      await this.told(this.model.stop(server.name));
    }
  }

  async stopTraining(server: Server, model: string, training: string): Promise<void> {
    const { button } = await showDialog({
      title: this.trans.__('Stop the training of %1?', model),
      body: this.trans.__('It becomes no version. The versions that there are, and all labels, are kept.'),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: this.trans.__('Stop the training') })],
      defaultButton: 0
    });
    if (button.accept) {
      await this.told(this.model.api.stopTraining(server.name, training));
    }
  }

  /** Give up a label that the image server refuses. */
  async giveUpLabel(server: Server, label: WaitingLabel): Promise<void> {
    const { button } = await showDialog({
      title: this.trans.__('Give up the label by %1?', label.author),
      body: this.trans.__('What was drawn on %1 is lost: it is nowhere else.', label.image),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: this.trans.__('Give it up') })],
      defaultButton: 0
    });
    if (button.accept) {
      await this.told(this.model.api.giveUpLabel(server.name, label.uid));
      await this.model.look();
    }
  }

  /** Share with somebody no more; false if the person thinks better of it. */
  async takeBack(server: Server, share: Share): Promise<boolean> {
    const { button } = await showDialog({
      title: this.trans.__('Take %1 back from %2?', server.name, share.guest),
      body: this.trans.__('The next request is refused, also in the middle of a drawing. Labels that were submitted are kept.'),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: this.trans.__('Take it back') })],
      defaultButton: 0
    });
    if (button.accept) {
      await this.told(this.model.api.takeBack(server.name, share.id));
    }
    return button.accept;
  }

  /** Have labels that wait sent now. */
  async send(server: Server): Promise<void> {
    await this.told(Promise.all(server.waiting.map(({ uid }) => this.model.api.send(server.name, uid))));
    await this.model.look();
  }

  /** A folder that the person chooses, from the file browser's root on; undefined if none. */
  async folder(title: string): Promise<string | undefined> {
    const { button, value } = await FileDialog.getExistingDirectory({ manager: this.documents, title });
    return button.accept && value?.length ? value[0].path || '.' : undefined;
  }

  /** One of the servers that fare so, which the person chooses if there are several; that there is none is said unless `quiet`. */
  async which(title: string, fits: (server: Server) => boolean, quiet = false): Promise<Server | undefined> {
    await this.model.look();
    const found = this.model.servers.filter(fits);
    if (found.length < 2) {
      if (!found.length && !quiet) {
        Notification.info(this.trans.__('There is no MONAI Label for that. The panel shows those there are.'), { autoClose: 8000 });
      }
      return found[0];
    }
    const { button, value } = await InputDialog.getItem({ title, items: found.map(({ name }) => name) });
    return button.accept ? found.find(({ name }) => name === value) : undefined;
  }

  /** Wait for something; an error is told where everybody sees it. */
  async told<T>(doing: Promise<T>): Promise<T | undefined> {
    try {
      return await doing;
    } catch (error) {
      Notification.error(errorText(this.trans, error), { autoClose: false });
      return undefined;
    }
  }
}
