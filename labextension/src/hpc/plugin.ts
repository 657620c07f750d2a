/** Wiring of jobs into JupyterLab: panel, tabs, commands. */

import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { HpcCommandIDs, IHpcModel, IToolsModel } from '../tokens';
import type { ToolsModel } from '../tools/model';
import type { Words } from '../ui';
import { speak } from '../ui/time';
import { Actions } from './actions';
import { HpcApi } from './api';
import type { Around } from './around';
import { drawBoxes } from './box';
import { FormTab } from './form';
import { hpcIcon } from './icon';
import { JobTab } from './jobPage';
import { HpcModel } from './model';
import { Notifier } from './notifications';
import { HpcPanel } from './panel';
import { Asker } from './questions';
import { DropTarget, addSending } from './sending';

const OPEN_ARGUMENTS = {
  args: { type: 'object' as const, properties: { token: { type: 'string' as const } }, required: ['token'] }
};
const FORM_ARGUMENTS = { args: { type: 'object' as const, properties: { form: { type: 'object' as const } } } };

function addCommands(app: JupyterFrontEnd, around: Around, tabs: WidgetTracker<JobTab>, trans: Words): void {
  const { commands, shell } = app;
  commands.addCommand(HpcCommandIDs.show, {
    label: trans.__('Show the HPC Jobs'),
    icon: hpcIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => shell.activateById('maia-hpc-panel')
  });
  commands.addCommand(HpcCommandIDs.create, {
    label: trans.__('New HPC Job…'),
    caption: trans.__('Describe a job and submit it to a system'),
    icon: hpcIcon,
    describedBy: FORM_ARGUMENTS,
    execute: args => {
      const tab = new FormTab(around, (args.form ?? {}) as object);
      shell.add(tab, 'main');
      shell.activateById(tab.id);
    }
  });
  commands.addCommand(HpcCommandIDs.open, {
    label: trans.__('Open an HPC Job'),
    describedBy: OPEN_ARGUMENTS,
    execute: args => {
      const token = String(args.token);
      const tab = tabs.find(each => each.token === token) ?? new JobTab(around, token);
      if (!tab.isAttached) {
        shell.add(tab, 'main');
        void tabs.add(tab);
      }
      shell.activateById(tab.id);
    }
  });
}

const modelPlugin: JupyterFrontEndPlugin<HpcModel> = {
  id: '@maia-hub/lab:hpc-model',
  description: 'Follows the jobs on other systems and on this machine.',
  autoStart: true,
  provides: IHpcModel,
  activate: app => new HpcModel(new HpcApi(app.serviceManager.serverSettings))
};

const plugin: JupyterFrontEndPlugin<void> = {
  id: '@maia-hub/lab:hpc',
  description: 'Submits jobs to other systems, shows what becomes of them, and asks for what signs in.',
  autoStart: true,
  requires: [IHpcModel, IDocumentManager, IRenderMimeRegistry],
  optional: [ITranslator, ICommandPalette, ILabShell, ILayoutRestorer, ILauncher, IFileBrowserFactory, IToolsModel],
  activate: (
    app: JupyterFrontEnd,
    model: HpcModel,
    documents: IDocumentManager,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    launcher: ILauncher | null,
    browsers: IFileBrowserFactory | null,
    tools: ToolsModel | null
  ) => {
    const trans = (translator ?? nullTranslator).load('maia_lab');
    speak(trans, translator?.languageCode ?? 'en');
    const around = { model, actions: new Actions(model, app.commands, documents, tools, trans) };
    const tabs = new WidgetTracker<JobTab>({ namespace: 'maia-hpc-jobs' });
    addCommands(app, around, tabs, trans);
    void restorer?.restore(tabs, {
      command: HpcCommandIDs.open,
      args: tab => ({ token: tab.token }),
      name: tab => tab.token
    });
    for (const command of [HpcCommandIDs.show, HpcCommandIDs.create]) {
      palette?.addItem({ command, category: trans.__('HPC') });
    }
    launcher?.add({ command: HpcCommandIDs.create, category: trans.__('Other'), rank: 4 });
    const panel = new HpcPanel(around);
    app.shell.add(panel, labShell ? 'left' : 'main', { rank: 360 });
    restorer?.add(panel, panel.id);
    drawBoxes(rendermime, around);
    addSending(app, around.actions, browsers, trans);
    new DropTarget(panel, app, around.actions);
    new Asker(model, trans);
    new Notifier(model, around.actions, trans);
    model.start(); // last: whoever listens hears the first that is told, too
  }
};

export default [modelPlugin, plugin];
