/** Wiring of the GPU session into JupyterLab: panel, status bar, commands, notifications. */

import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ILauncher } from '@jupyterlab/launcher';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, TranslationBundle, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, IGpuModel } from '../tokens';
import { speak } from '../ui/time';
import { Actions } from './actions';
import { GpuCalendar } from './calendar';
import { gpuIcon } from './icon';
import { GpuModel } from './model';
import { Notifier } from './notifications';
import { GpuPanel } from './panel';
import { StatusItem } from './status';

const PLUGIN = '@maia-hub/lab:plugin';

function addCommands(app: JupyterFrontEnd, model: GpuModel, actions: Actions, trans: TranslationBundle): void {
  const { commands } = app;
  const holds = () => model.session !== null && model.session.kind !== 'cpu' && !model.session.ending;
  const noArguments = { args: { type: 'object' as const, properties: {} } };
  const show = () => app.shell.activateById('maia-gpu-panel');
  commands.addCommand(CommandIDs.show, {
    label: trans.__('Show the GPU Panel'),
    icon: gpuIcon,
    describedBy: noArguments,
    execute: show
  });
  commands.addCommand(CommandIDs.book, {
    label: trans.__('Book a GPU…'),
    describedBy: noArguments,
    execute: () => {
      show();
      model.askForBooking();
    }
  });
  commands.addCommand(CommandIDs.extend, {
    label: trans.__('Extend My GPU Time…'),
    isEnabled: () => holds() && model.session?.booking !== null,
    describedBy: { args: { type: 'object', properties: { minutes: { type: 'number' } } } },
    execute: args => actions.extend(typeof args.minutes === 'number' ? args.minutes : undefined)
  });
  commands.addCommand(CommandIDs.release, {
    label: trans.__('Release My GPU Now…'),
    isEnabled: holds,
    describedBy: noArguments,
    execute: () => actions.release()
  });
  commands.addCommand(CommandIDs.switchNow, {
    label: trans.__('Switch to My Booked GPU…'),
    isEnabled: () => !!model.session?.switch,
    describedBy: noArguments,
    execute: () => actions.switchNow()
  });
  commands.addCommand(CommandIDs.portal, {
    label: trans.__('Open the Booking Portal'),
    describedBy: noArguments,
    execute: () => void window.open(`${model.base}/`, '_blank')
  });
  model.changed.connect(() => {
    for (const id of [CommandIDs.extend, CommandIDs.release, CommandIDs.switchNow]) {
      commands.notifyCommandChanged(id);
    }
  });
}

/** The command that opens the calendar in a tab, or shows the one that is open; a reload brings it back. */
function addCalendar(
  app: JupyterFrontEnd,
  model: GpuModel,
  actions: Actions,
  trans: TranslationBundle,
  restorer: ILayoutRestorer | null
): void {
  const tracker = new WidgetTracker<GpuCalendar>({ namespace: 'maia-gpu-calendar' });
  app.commands.addCommand(CommandIDs.calendar, {
    label: trans.__('GPU Calendar'),
    caption: trans.__('Who has booked which GPU, and what is free'),
    icon: gpuIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => {
      const calendar = tracker.currentWidget ?? new GpuCalendar(model, actions, trans);
      if (!calendar.isAttached) {
        app.shell.add(calendar, 'main');
        void tracker.add(calendar);
      }
      app.shell.activateById(calendar.id);
    }
  });
  void restorer?.restore(tracker, { command: CommandIDs.calendar, name: () => 'calendar' });
}

const modelPlugin: JupyterFrontEndPlugin<GpuModel | null> = {
  id: '@maia-hub/lab:model',
  description: 'Follows what this server holds and until when.',
  autoStart: true,
  provides: IGpuModel,
  activate: () => {
    const base = PageConfig.getOption('maiaServicePath');
    if (!base) {
      return null;
    }
    const model = new GpuModel({
      base,
      user: PageConfig.getOption('maiaUser'),
      server: PageConfig.getOption('maiaServer')
    });
    void model.start();
    return model;
  }
};

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'Shows what this server holds and until when, warns before the end and saves.',
  autoStart: true,
  requires: [IGpuModel, IDocumentManager],
  optional: [ITranslator, ISettingRegistry, ICommandPalette, IStatusBar, ILabShell, ILayoutRestorer, ILauncher],
  activate: async (
    app: JupyterFrontEnd,
    model: GpuModel | null,
    documents: IDocumentManager,
    translator: ITranslator | null,
    registry: ISettingRegistry | null,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    launcher: ILauncher | null
  ) => {
    if (!model) {
      return; // not on MAIA Hub
    }
    const trans = (translator ?? nullTranslator).load('maia_lab');
    speak(trans, translator?.languageCode ?? 'en');
    const actions = new Actions(app, documents, model, trans);
    addCommands(app, model, actions, trans);
    addCalendar(app, model, actions, trans, restorer);
    launcher?.add({ command: CommandIDs.calendar, category: trans.__('Other'), rank: 3 });
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('GPU') });
    }
    const panel = new GpuPanel({ model, actions, commands: app.commands }, trans, trans.__('GPU sessions'));
    app.shell.add(panel, labShell ? 'left' : 'main', { rank: 350 });
    restorer?.add(panel, panel.id);
    const settings = (await registry?.load(PLUGIN).catch(() => null)) ?? null;
    const item = new StatusItem(model, trans, () => void app.commands.execute(CommandIDs.show));
    statusBar?.registerStatusItem('maia-gpu', {
      item,
      align: 'left',
      rank: 5,
      isActive: () => settings?.composite.showCountdown !== false && model.state !== null,
      activeStateChanged: model.changed as never
    });
    settings?.changed.connect(() => item.update());
    // Not awaited: the application is restored only after every plugin was activated.
    void app.restored.then(() => new Notifier(app, documents, model, actions, settings, trans));
  }
};

export default [modelPlugin, plugin];
