/** Wiring of MONAI Label into JupyterLab: panel, tabs and commands. */

import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { MonaiLabelCommandIDs } from '../tokens';
import type { Words } from '../ui';
import { speak } from '../ui/time';
import { Actions } from './actions';
import { MonaiLabelApi } from './api';
import { monaiLabelIcon } from './icon';
import { MonaiLabelModel } from './model';
import { ViewerTab } from './page';
import { MonaiLabelPanel } from './panel';
import type { Server } from './records';
import { ServedApi } from './served';

const NONE = { args: { type: 'object' as const, properties: {} } };
const text = { type: 'string' as const };
const OPEN_ARGUMENTS = { args: { type: 'object' as const, properties: { name: text, page: text } } };

function showTab(app: JupyterFrontEnd, actions: Actions, tabs: WidgetTracker<ViewerTab>, server: Server, page: string): void {
  const url = actions.address(server, page);
  const known = tabs.find(each => each.server === server.name);
  const tab = known ?? new ViewerTab(server.name, url, () => actions.openWindow(server), actions.trans);
  if (!tab.isAttached) {
    app.shell.add(tab, 'main');
    void tabs.add(tab);
  } else if (page) {
    tab.load(url);
  }
  app.shell.activateById(tab.id);
}

function addCommands(app: JupyterFrontEnd, panel: MonaiLabelPanel, actions: Actions, tabs: WidgetTracker<ViewerTab>, trans: Words): void {
  const { commands, shell } = app;
  commands.addCommand(MonaiLabelCommandIDs.show, {
    label: trans.__('Show MONAI Label'),
    icon: monaiLabelIcon,
    describedBy: NONE,
    execute: () => shell.activateById(panel.id)
  });
  commands.addCommand(MonaiLabelCommandIDs.start, {
    label: trans.__('Start MONAI Label…'),
    icon: monaiLabelIcon,
    describedBy: NONE,
    execute: () => {
      shell.activateById(panel.id);
      panel.begin();
    }
  });
  commands.addCommand(MonaiLabelCommandIDs.open, {
    label: trans.__('Open MONAI Label in OHIF'),
    icon: monaiLabelIcon,
    describedBy: OPEN_ARGUMENTS,
    execute: async args => {
      const opens = ({ name, state, viewer }: Server) => state === 'ready' && !!viewer && (!args.name || args.name === name);
      // A tab that JupyterLab opens again may be of one that runs no longer.
      const server = await actions.which(trans.__('Open in OHIF'), opens, !!args.name);
      if (server) {
        showTab(app, actions, tabs, server, String(args.page ?? ''));
      }
    }
  });
  commands.addCommand(MonaiLabelCommandIDs.stop, {
    label: trans.__('Stop MONAI Label…'),
    describedBy: NONE,
    execute: async () => {
      const server = await actions.which(trans.__('Stop'), ({ state }) => state === 'ready' || state === 'starting');
      await (server && actions.stop(server));
    }
  });
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: '@maia-hub/lab:monailabel',
  description: 'Starts MONAI Label, shows how it fares, and opens it.',
  autoStart: true,
  requires: [IDocumentManager],
  optional: [ITranslator, ICommandPalette, ILabShell, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null
  ) => {
    const trans = (translator ?? nullTranslator).load('maia_lab');
    speak(trans, translator?.languageCode ?? 'en');
    const { serverSettings } = app.serviceManager;
    const model = new MonaiLabelModel(new MonaiLabelApi(serverSettings), new ServedApi(serverSettings));
    const actions = new Actions(model, app.commands, documents, trans);
    const tabs = new WidgetTracker<ViewerTab>({ namespace: 'maia-monailabel' });
    const panel = new MonaiLabelPanel({ model, actions });
    app.shell.add(panel, labShell ? 'left' : 'main', { rank: 380 });
    restorer?.add(panel, panel.id);
    addCommands(app, panel, actions, tabs, trans);
    void restorer?.restore(tabs, {
      command: MonaiLabelCommandIDs.open,
      args: tab => ({ name: tab.server }),
      name: tab => tab.server
    });
    for (const command of Object.values(MonaiLabelCommandIDs)) {
      palette?.addItem({ command, category: 'MONAI Label' });
    }
  }
};

export default [plugin];
