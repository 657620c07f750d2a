/** Saving all open documents, each on its own, so that one failure hides no other. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';

import { inTurn } from '../election';

export interface Saved {
  saved: string[];
  failed: string[];
}

function openContexts(app: JupyterFrontEnd, documents: IDocumentManager): DocumentRegistry.Context[] {
  const contexts = new Set<DocumentRegistry.Context>();
  for (const area of ['main', 'left', 'right', 'down']) {
    for (const widget of app.shell.widgets(area)) {
      const context = documents.contextForWidget(widget);
      if (context) {
        contexts.add(context);
      }
    }
  }
  return [...contexts];
}

export function unsaved(app: JupyterFrontEnd, documents: IDocumentManager): string[] {
  return openContexts(app, documents)
    .filter(context => context.model.dirty)
    .map(context => context.path);
}

/** A tab waits so long (milliseconds) for another that saves the same document. */
const TURN = 10_000;

function late(patience: number): Promise<never> {
  return new Promise((_, reject) => window.setTimeout(() => reject(new Error('late')), patience));
}

/** At the same moment every tab saves: one after the other, so that the second sees what the first has written. */
function saveInTurn(context: DocumentRegistry.Context, patience?: number): Promise<void> {
  return inTurn(`maia-save:${context.path}`, patience ?? TURN, () =>
    patience === undefined ? context.save() : Promise.race([context.save(), late(patience)])
  );
}

/**
 * Save every document that needs it. A save may ask the user something (the file was changed by somebody else): with
 * `patience` (milliseconds) one that is not done by then counts as failed, for nobody may be there to answer.
 */
export async function saveAll(
  app: JupyterFrontEnd,
  documents: IDocumentManager,
  patience?: number
): Promise<Saved> {
  const result: Saved = { saved: [], failed: [] };
  const save = async (context: DocumentRegistry.Context): Promise<void> => {
    try {
      await saveInTurn(context, patience);
      result.saved.push(context.path);
    } catch {
      result.failed.push(context.path);
    }
  };
  const dirty = openContexts(app, documents).filter(
    context => context.model.dirty && !context.model.readOnly && context.isReady
  );
  await Promise.all(dirty.map(save));
  return result;
}
