/** Code that is put into the notebook one is in, or into a new one. */

import { INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import type { ServiceManager } from '@jupyterlab/services';
import type { CommandRegistry } from '@lumino/commands';

export class Snippets {
  constructor(
    private readonly commands: CommandRegistry,
    private readonly services: ServiceManager.IManager,
    private readonly notebooks: INotebookTracker | null
  ) {}

  /** Put code into a cell of its own; it is not run. */
  async insert(code: string): Promise<void> {
    const panel = this.notebooks?.currentWidget ?? (await this.newNotebook());
    await panel?.context.ready;
    if (!panel) {
      return;
    }
    const { content } = panel;
    const cell = content.activeCell;
    if (cell?.model.type !== 'code' || cell.model.sharedModel.getSource().trim()) {
      NotebookActions.insertBelow(content);
    }
    content.activeCell?.model.sharedModel.setSource(code);
    await this.commands.execute('docmanager:open', { path: panel.context.path });
    content.mode = 'edit';
  }

  private async newNotebook(): Promise<NotebookPanel | undefined> {
    const kernelName = this.services.kernelspecs.specs?.default ?? 'python3';
    return (await this.commands.execute('notebook:create-new', { kernelName })) as NotebookPanel | undefined;
  }
}
