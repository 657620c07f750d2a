/** What a person does with images in JupyterLab, and how it is told how it went. */

import { InputDialog, Notification } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';

import type { Snippets } from '../snippets';
import { Words, errorText } from '../ui';
import { Chosen, GivenUp, ImagesModel } from './model';
import type { Node, Sent, Series } from './records';
import { loading } from './snippets';
import type { Brought, Uploads } from './uploads';
import { sentWords } from './words';

export class Actions {
  constructor(
    private readonly model: ImagesModel,
    private readonly uploads: Uploads,
    private readonly commands: CommandRegistry,
    private readonly snippets: Snippets,
    readonly trans: Words
  ) {}

  /** Show a study in the project's OHIF. */
  async view(study: string): Promise<void> {
    const viewer = await this.told(this.model.api.viewer());
    if (!viewer) {
      return;
    }
    const query = `viewer?StudyInstanceUIDs=${encodeURIComponent(study)}`;
    window.open(new URL(`${viewer.url}${query}`, location.href).href, '_blank', 'noopener');
  }

  async load(chosen: Chosen): Promise<void> {
    await this.told(this.snippets.insert(loading(chosen)));
  }

  /** Write a series as NIfTI, into a folder that the person names. */
  async convert(study: string, series: Series): Promise<void> {
    const asked = await InputDialog.getText({
      title: this.trans.__('Convert to NIfTI'),
      label: this.trans.__('Into this folder of the file browser:'),
      text: `nifti/${series.modality || 'series'}-${series.number ?? ''}${series.uid.slice(-6).replace(/\./g, '')}`,
      okLabel: this.trans.__('Convert')
    });
    if (!asked.button.accept || !asked.value) {
      return;
    }
    const made = await this.told(this.model.convert(study, series.uid, asked.value));
    if (made) {
      Notification.success(this.trans.__('Converted: %1', made.paths.join(', ')), {
        autoClose: 12_000,
        actions: [{ label: this.trans.__('Go there'), callback: () => this.go(made.folder) }]
      });
    }
  }

  go(folder: string): void {
    void this.commands.execute('filebrowser:open-path', { path: folder });
  }

  /** Send to another node; true once it is under way or over, false if it could not begin. */
  async forward(chosen: Chosen, node: Node): Promise<void> {
    await this.sent(this.model.forward(chosen, node));
  }

  /** Send what lies in the file browser. */
  async send(paths: string[]): Promise<void> {
    await this.sent(this.model.send(paths), true);
  }

  /** Send what a person has on her own machine. */
  async bring(files: Brought[]): Promise<void> {
    if (files.length === 0) {
      Notification.warning(this.trans.__('There is no file in what you dropped.'), { autoClose: 8000 });
      return;
    }
    await this.sent(this.uploads.send(files), true);
  }

  /** Wait for something; an error is told where everybody sees it. */
  async told<T>(doing: Promise<T>): Promise<T | undefined> {
    try {
      return await doing;
    } catch (error) {
      const stopped = error instanceof GivenUp || (error instanceof DOMException && error.name === 'AbortError');
      if (!stopped) {
        Notification.error(errorText(this.trans, error), { autoClose: false });
      }
      return undefined;
    }
  }

  private async sent(doing: Promise<Sent>, anew = false): Promise<void> {
    const done = await this.told(doing);
    if (!done) {
      return;
    }
    const tell = done.refused ? Notification.warning : Notification.success;
    tell(sentWords(this.trans, done), { autoClose: done.refused ? false : 8000 });
    if (anew && done.accepted) {
      await this.model.results.search(this.model.results.query);
    }
  }
}
