/** Taking what is dragged onto the panel: from JupyterLab's file browser, or from the desktop. */

import type { Drag } from '@lumino/dragdrop';
import type { Widget } from '@lumino/widgets';

import type { Actions } from './actions';
import type { Brought } from './uploads';

/** What JupyterLab's file browser drags: paths. */
const CONTENTS = 'application/x-jupyter-icontents';
const DROP_TARGET = 'maia-mod-drop';

/** All files below what was dropped; folders are only readable while nobody waits, so the entries are taken first. */
export async function filesOf(data: DataTransfer): Promise<Brought[]> {
  const items = [...data.items].filter(item => item.kind === 'file');
  const entries = items.map(item => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found = await Promise.all(
    entries.map(({ entry, file }) => (entry ? below(entry) : file ? [{ name: file.name, file }] : []))
  );
  return found.flat();
}

async function below(entry: FileSystemEntry): Promise<Brought[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ name: entry.fullPath.replace(/^\//, ''), file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Brought[] = [];
  // A reader gives a hundred at a time, and nothing at its end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) {
      return found;
    }
    for (const each of some) {
      found.push(...(await below(each)));
    }
  }
}

/** Files that were chosen in a dialog, with their folders where one was chosen. */
export function chosenFiles(list: FileList | null): Brought[] {
  return [...(list ?? [])].map(file => ({ name: file.webkitRelativePath || file.name, file }));
}

export class DropTarget {
  constructor(
    private readonly widget: Widget,
    private readonly actions: Actions
  ) {
    for (const kind of ['lm-dragenter', 'lm-dragover', 'lm-dragleave', 'lm-drop']) {
      widget.node.addEventListener(kind, event => this.onDrag(event as Drag.Event));
    }
    for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
      widget.node.addEventListener(kind, event => void this.onDesktop(event as DragEvent));
    }
  }

  private onDrag(event: Drag.Event): void {
    if (!event.mimeData.hasData(CONTENTS)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.mark(event.type !== 'lm-dragleave' && event.type !== 'lm-drop');
    event.dropAction = event.proposedAction;
    if (event.type === 'lm-drop') {
      void this.actions.send(event.mimeData.getData(CONTENTS) as string[]);
    }
  }

  private async onDesktop(event: DragEvent): Promise<void> {
    const data = event.dataTransfer;
    if (!data?.types.includes('Files')) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    data.dropEffect = 'copy';
    this.mark(event.type !== 'dragleave' && event.type !== 'drop');
    if (event.type === 'drop') {
      const files = await this.actions.told(filesOf(data));
      await this.actions.bring(files ?? []);
    }
  }

  private mark(over: boolean): void {
    this.widget.node.classList.toggle(DROP_TARGET, over);
  }
}
