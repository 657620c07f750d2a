/** Wiring of the project's tools into JupyterLab: panel, tabs, commands, launcher. */

import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { DisposableSet } from '@lumino/disposable';

import { Snippets } from '../snippets';
import { IToolsModel, ToolsCommandIDs } from '../tokens';
import type { Words } from '../ui';
import { speak } from '../ui/time';
import { Actions } from './actions';
import { ToolsApi } from './api';
import { toolsIcon } from './icon';
import { leadLinks } from './links';
import { ToolsModel } from './model';
import { ToolTab } from './page';
import { ToolsPanel } from './panel';

const text = { type: 'string' as const };
const OPEN_ARGUMENTS = { args: { type: 'object' as const, properties: { name: text, project: text, path: text } } };

function addCommands(app: JupyterFrontEnd, model: ToolsModel, actions: Actions, tabs: WidgetTracker<ToolTab>, trans: Words): void {
  const { commands, shell } = app;
  commands.addCommand(ToolsCommandIDs.show, {
    label: trans.__('Show the Project’s Tools'),
    icon: toolsIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => shell.activateById('maia-tools-panel')
  });
  commands.addCommand(ToolsCommandIDs.open, {
    label: args => {
      const card = model.tool(String(args.name));
      return args.isLauncher ? (card?.title ?? '') : trans.__('Open %1', card?.title ?? trans.__('a tool of the project'));
    },
    icon: toolsIcon,
    describedBy: OPEN_ARGUMENTS,
    execute: async args => {
      await model.ready();
      const card = model.tool(String(args.name));
      if (!card || (args.project && args.project !== model.project)) {
        return;
      }
      if (card.page === 'outside') {
        return actions.openWindow(card);
      }
      const path = String(args.path ?? '');
      const known = tabs.find(each => each.project === model.project && each.card.name === card.name);
      const url = actions.address(card, path);
      const tab = known ?? new ToolTab(model.project, card, url, () => actions.openWindow(card), trans);
      if (!tab.isAttached) {
        shell.add(tab, 'main');
        void tabs.add(tab);
      } else if (path) {
        tab.load(url);
      }
      shell.activateById(tab.id);
    }
  });
}

/** Keeps what opens a tool in palette and launcher: those that can be opened now. */
function offer(model: ToolsModel, palette: ICommandPalette | null, launcher: ILauncher | null, trans: Words): void {
  let offered = new DisposableSet();
  let before = '';
  const renew = () => {
    const open = model.state.tools.filter(card => card.opens === 'page' && card.state === 'ready').map(card => card.name);
    if (open.join() === before) {
      return;
    }
    before = open.join();
    offered.dispose();
    offered = new DisposableSet();
    for (const name of open) {
      const item = { command: ToolsCommandIDs.open, args: { name } };
      const category = trans.__('Project');
      const added = [palette?.addItem({ ...item, category }), launcher?.add({ ...item, category, args: { name, isLauncher: true } })];
      added.forEach(each => each && offered.add(each));
    }
  };
  model.changed.connect(renew);
  renew();
}

const modelPlugin: JupyterFrontEndPlugin<ToolsModel | null> = {
  id: '@maia-hub/lab:tools-model',
  description: 'Follows the tools of the project.',
  autoStart: true,
  provides: IToolsModel,
  activate: app => {
    const project = PageConfig.getOption('maiaToolsProject');
    if (!project) {
      return null;
    }
    const model = new ToolsModel(new ToolsApi(app.serviceManager.serverSettings), project);
    model.start();
    return model;
  }
};

const plugin: JupyterFrontEndPlugin<void> = {
  id: '@maia-hub/lab:tools',
  description: 'Shows how the project’s tools fare, opens them, and puts them into notebooks.',
  autoStart: true,
  requires: [IToolsModel],
  optional: [ITranslator, ICommandPalette, ILabShell, ILayoutRestorer, ILauncher, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    model: ToolsModel | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    launcher: ILauncher | null,
    notebooks: INotebookTracker | null
  ) => {
    if (!model) {
      return; // this platform has no tools
    }
    leadLinks(document, PageConfig.getOption('maiaToolsUrl'));
    const trans = (translator ?? nullTranslator).load('maia_lab');
    speak(trans, translator?.languageCode ?? 'en');
    const snippets = new Snippets(app.commands, app.serviceManager, notebooks);
    const actions = new Actions(model, app.commands, app.serviceManager, snippets, trans);
    const tabs = new WidgetTracker<ToolTab>({ namespace: 'maia-tools' });
    addCommands(app, model, actions, tabs, trans);
    offer(model, palette, launcher, trans);
    void restorer?.restore(tabs, {
      command: ToolsCommandIDs.open,
      args: tab => ({ name: tab.card.name, project: tab.project }),
      name: tab => `${tab.project}:${tab.card.name}`
    });
    palette?.addItem({ command: ToolsCommandIDs.show, category: trans.__('Project') });
    const panel = new ToolsPanel({ model, actions });
    app.shell.add(panel, labShell ? 'left' : 'main', { rank: 355 });
    restorer?.add(panel, panel.id);
  }
};

export default [modelPlugin, plugin];
