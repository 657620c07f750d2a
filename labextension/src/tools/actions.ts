/** What a person does with the project's tools in JupyterLab. */

import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { ServiceManager } from '@jupyterlab/services';
import type { CommandRegistry } from '@lumino/commands';

import type { Snippets } from '../snippets';
import { ToolsCommandIDs } from '../tokens';
import { Words, errorText } from '../ui';
import type { ToolsModel } from './model';
import type { Behind, Card } from './records';

/** Asks the door for a kernel's environment, and leaves no name behind. */
const RENEW = '__import__("maia_lab.tools.magics", fromlist=["renew"]).renew()';

export class Actions {
  constructor(
    private readonly model: ToolsModel,
    private readonly commands: CommandRegistry,
    private readonly services: ServiceManager.IManager,
    private readonly snippets: Snippets,
    readonly trans: Words
  ) {}

  /** Open a tool in a tab; `path` is that of a page of it. */
  open(card: Card, path = ''): void {
    void this.commands.execute(ToolsCommandIDs.open, { name: card.name, project: this.model.project, path });
  }

  openWindow(card: Card): void {
    window.open(this.address(card), '_blank', 'noopener');
  }

  /** Where a tool's page is for this browser; `path` is one of its pages, from the first one on. */
  address(card: Card, path = ''): string {
    return new URL(path, new URL(card.url, location.origin)).href;
  }

  async start(card: Card): Promise<void> {
    await this.told(this.model.api.act(this.model.project, card.name, 'start'));
  }

  async stop(card: Card): Promise<void> {
    const { button } = await showDialog({
      title: this.trans.__('Stop %1?', card.title),
      body: this.trans.__('It is stopped for everybody in %1. What it holds is kept for the next start.', this.model.project),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: this.trans.__('Stop it') })],
      defaultButton: 0
    });
    if (button.accept) {
      await this.told(this.model.api.act(this.model.project, card.name, 'stop'));
    }
  }

  /** Put a working example into the notebook that one is in, or into a new one. */
  async use(card: Card): Promise<void> {
    const other = this.model.project !== this.model.own;
    const first = other ? `%load_ext maia_lab\n%maia_tools ${this.model.project}\n` : '';
    await this.told(this.snippets.insert(first + (card.snippet ?? '').trim()));
  }

  /** How a kernel is known to its person: by its notebook. */
  kernelName(id: string): string {
    const found = [...this.services.sessions.running()].find(session => session.kernel?.id === id);
    return found?.path.replace(/^.*\//, '') || this.trans.__('a kernel of its own');
  }

  /** Let kernels that run ask for what the tools tell now. */
  async tellKernels(behind: Behind[]): Promise<void> {
    await Promise.all(behind.map(({ id }) => this.told(this.tellKernel(id))));
  }

  private async tellKernel(id: string): Promise<void> {
    const model = await this.services.kernels.findById(id);
    if (!model) {
      return;
    }
    const kernel = this.services.kernels.connectTo({ model });
    try {
      const { content } = await kernel.requestExecute({ code: RENEW, silent: true, store_history: false }).done;
      if (content.status !== 'ok') {
        const why = 'evalue' in content ? content.evalue : content.status;
        throw new Error(this.trans.__('%1 was not told: %2', this.kernelName(id), why));
      }
      await this.model.api.told(id);
    } finally {
      kernel.dispose();
    }
  }

  /** Wait for something; an error is told where everybody sees it. */
  private async told<T>(doing: Promise<T>): Promise<T | undefined> {
    try {
      return await doing;
    } catch (error) {
      Notification.error(errorText(this.trans, error), { autoClose: false });
      return undefined;
    }
  }
}
