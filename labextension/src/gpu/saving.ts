/** Saving all open documents, each on its own, so that one failure hides no other. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';

export interface Saved {
  saved: string[];
  failed: string[];
}

function openContexts(app: JupyterFrontEnd, documents: IDocumentManager): DocumentRegistry.Context[] {
  const contexts = new Set<DocumentRegistry.Context>();
  for (const widget of app.shell.widgets('main')) {
    const context = documents.contextForWidget(widget);
    if (context) {
      contexts.add(context);
    }
  }
  return [...contexts];
}

export function unsaved(app: JupyterFrontEnd, documents: IDocumentManager): string[] {
  return openContexts(app, documents)
    .filter(context => context.model.dirty)
    .map(context => context.path);
}

export async function saveAll(app: JupyterFrontEnd, documents: IDocumentManager): Promise<Saved> {
  const result: Saved = { saved: [], failed: [] };
  const save = async (context: DocumentRegistry.Context): Promise<void> => {
    try {
      await context.save();
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
