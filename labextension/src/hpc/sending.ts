/** Sending a notebook or a folder to a system, from the file browser's menu or by dragging it onto the panel. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { Drag } from '@lumino/dragdrop';
import type { Widget } from '@lumino/widgets';

import { HpcCommandIDs } from '../tokens';
import type { Words } from '../ui';
import type { Actions } from './actions';
import { hpcIcon } from './icon';
import type { Sent } from './records';

/** What JupyterLab's file browser drags: paths. */
const CONTENTS = 'application/x-jupyter-icontents';
const DROP_TARGET = 'maia-mod-drop';

/** What can be sent of what is selected; null if it is neither one notebook nor one folder. */
function sendable(items: { path: string; type: string }[]): Sent | null {
  const [item] = items;
  if (items.length !== 1 || !['notebook', 'directory'].includes(item.type)) {
    return null;
  }
  return { kind: item.type === 'notebook' ? 'notebook' : 'folder', path: item.path };
}

export function addSending(
  app: JupyterFrontEnd,
  actions: Actions,
  browsers: IFileBrowserFactory | null,
  trans: Words
): void {
  const selected = () => sendable([...(browsers?.tracker.currentWidget?.selectedItems() ?? [])]);
  const add = (id: string, kind: Sent['kind'], label: string, selector: string) => {
    app.commands.addCommand(id, {
      label,
      icon: hpcIcon,
      describedBy: { args: { type: 'object', properties: { path: { type: 'string' } } } },
      isVisible: () => selected()?.kind === kind,
      execute: args => {
        const sent = typeof args.path === 'string' ? { kind, path: args.path } : selected();
        return sent ? actions.send(sent) : undefined;
      }
    });
    app.contextMenu.addItem({ command: id, selector, rank: 55 });
  };
  const item = '.jp-DirListing-item';
  add(HpcCommandIDs.sendNotebook, 'notebook', trans.__('Send this notebook to a system…'), `${item}[data-file-type="notebook"]`);
  add(HpcCommandIDs.sendFolder, 'folder', trans.__('Send this folder to a system…'), `${item}[data-isdir="true"]`);
}

/** Take a notebook or folder that is dragged from the file browser. */
export class DropTarget {
  constructor(
    private readonly widget: Widget,
    private readonly app: JupyterFrontEnd,
    private readonly actions: Actions
  ) {
    for (const kind of ['lm-dragenter', 'lm-dragover', 'lm-dragleave', 'lm-drop']) {
      widget.node.addEventListener(kind, event => void this.onDrag(event as Drag.Event));
    }
  }

  private async onDrag(event: Drag.Event): Promise<void> {
    if (!event.mimeData.hasData(CONTENTS)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.widget.node.classList.toggle(DROP_TARGET, ['lm-dragenter', 'lm-dragover'].includes(event.type));
    event.dropAction = event.proposedAction;
    if (event.type === 'lm-drop') {
      await this.take(event.mimeData.getData(CONTENTS) as string[]);
    }
  }

  private async take(paths: string[]): Promise<void> {
    const found = await Promise.all(
      paths.map(path => this.app.serviceManager.contents.get(path, { content: false }))
    );
    const sent = sendable(found);
    if (sent) {
      await this.actions.send(sent);
    } else {
      this.actions.say(this.actions.trans.__('Drag one notebook or one folder here: %1 cannot be sent.', paths.map(path => PathExt.basename(path)).join(', ')));
    }
  }
}
