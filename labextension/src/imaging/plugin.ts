/** Wiring of the image archive into JupyterLab: panel and commands. */

import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Snippets } from '../snippets';
import { ImagesCommandIDs } from '../tokens';
import type { Words } from '../ui';
import { speak } from '../ui/time';
import { Actions } from './actions';
import { ImagesApi } from './api';
import { DropTarget } from './dropping';
import { imagesIcon } from './icon';
import { ImagesModel } from './model';
import { ImagesPanel } from './panel';
import { Thumbnails } from './thumbnails';
import { Uploads } from './uploads';

/** Folders, and files that are called as images and archives of them are; many scanners give theirs no ending. */
function mayHold(item: Contents.IModel): boolean {
  return item.type === 'directory' || /\.(dcm|dicom|ima|zip)$/i.test(item.name) || !item.name.includes('.');
}

function addCommands(app: JupyterFrontEnd, actions: Actions, browsers: IFileBrowserFactory | null, trans: Words): void {
  app.commands.addCommand(ImagesCommandIDs.show, {
    label: trans.__('Show the Images'),
    icon: imagesIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => app.shell.activateById('maia-images-panel')
  });
  const items = () => [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])];
  app.commands.addCommand(ImagesCommandIDs.send, {
    label: trans.__('Send to the image archive'),
    icon: imagesIcon,
    isVisible: args => Array.isArray(args.paths) || (items().length > 0 && items().every(mayHold)),
    describedBy: { args: { type: 'object', properties: { paths: { type: 'array', items: { type: 'string' } } } } },
    execute: async args => {
      app.shell.activateById('maia-images-panel');
      await actions.send(Array.isArray(args.paths) ? args.paths.map(String) : items().map(item => item.path));
    }
  });
  app.contextMenu.addItem({ command: ImagesCommandIDs.send, selector: '.jp-DirListing-item[data-isdir]', rank: 56 });
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: '@maia-hub/lab:images',
  description: 'Finds, shows, converts and sends the images of the project’s archive.',
  autoStart: true,
  optional: [ITranslator, ICommandPalette, ILabShell, ILayoutRestorer, IFileBrowserFactory, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    browsers: IFileBrowserFactory | null,
    notebooks: INotebookTracker | null
  ) => {
    const trans = (translator ?? nullTranslator).load('maia_lab');
    speak(trans, translator?.languageCode ?? 'en');
    const api = new ImagesApi(app.serviceManager.serverSettings);
    const model = new ImagesModel(api);
    const uploads = new Uploads(api, model);
    const snippets = new Snippets(app.commands, app.serviceManager, notebooks);
    const actions = new Actions(model, uploads, app.commands, snippets, trans);
    const panel = new ImagesPanel({ model, actions, uploads, thumbnails: new Thumbnails(api) });
    app.shell.add(panel, labShell ? 'left' : 'main', { rank: 370 });
    restorer?.add(panel, panel.id);
    addCommands(app, actions, browsers, trans);
    palette?.addItem({ command: ImagesCommandIDs.show, category: trans.__('Images') });
    new DropTarget(panel, actions);
  }
};

export default [plugin];
