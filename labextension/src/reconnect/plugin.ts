/** In place of JupyterLab's dialog "Server unavailable": say what happens, and come back without a click. */

import {
  ConnectionLost,
  IConnectionLost,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { URLExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, TranslationBundle, nullTranslator } from '@jupyterlab/translation';

import type { GpuModel } from '../gpu/model';
import { unsaved } from '../gpu/saving';
import { IGpuModel } from '../tokens';
import { Banner } from './banner';
import { Phase, Reconnector } from './reconnector';

function startUrl(paths: JupyterFrontEnd.IPaths, model: GpuModel): string {
  const { hubHost, hubPrefix, hubUser } = paths.urls;
  return (hubHost ?? '') + URLExt.join(hubPrefix ?? '/hub/', 'spawn', hubUser ?? '', model.server);
}

function awayText(model: GpuModel, trans: TranslationBundle): string {
  if (model.timeIsUp) {
    return trans.__(
      'Your GPU goes back. Your server is being restarted on CPU; documents are saved, kernel memory is lost. ' +
        'This page comes back by itself.'
    );
  }
  return model.session?.ending
    ? trans.__('Your server is being restarted; kernel memory is lost. This page comes back by itself.')
    : trans.__('Your server does not answer at the moment. This page comes back by itself; keep it open.');
}

function show(
  phase: Phase,
  banner: Banner,
  model: GpuModel,
  trans: TranslationBundle,
  open: { start: () => void; reload: () => void; unsaved: () => string[] }
): void {
  if (phase === 'here') {
    banner.clear();
  } else if (phase === 'away') {
    banner.say(awayText(model, trans));
  } else if (phase === 'stopped') {
    const action = { label: trans.__('Start my server'), run: open.start };
    banner.say(trans.__('Your server was stopped. Unsaved text stays in this tab while you keep it open.'), [action]);
  } else if (open.unsaved().length === 0) {
    open.reload();
  } else {
    const text = trans.__(
      'Your server is back, but this page has to sign in again, which loads it anew. Not saved: %1.',
      open.unsaved().join(', ')
    );
    banner.say(text, [{ label: trans.__('Load anew'), run: open.reload }]);
  }
}

const connectionLost: JupyterFrontEndPlugin<IConnectionLost> = {
  id: '@maia-hub/lab:connectionlost',
  description: 'Comes back by itself after the server was restarted.',
  autoStart: true,
  requires: [JupyterFrontEnd.IPaths, IGpuModel, IDocumentManager],
  optional: [ITranslator],
  provides: IConnectionLost,
  activate: (
    app: JupyterFrontEnd,
    paths: JupyterFrontEnd.IPaths,
    model: GpuModel | null,
    documents: IDocumentManager,
    translator: ITranslator | null
  ) => {
    if (!model) {
      return ConnectionLost; // not on MAIA Hub: JupyterLab's own
    }
    const trans = (translator ?? nullTranslator).load('maia_lab');
    const banner = new Banner();
    const reconnector = new Reconnector(app, model);
    const open = {
      start: () => {
        window.open(startUrl(paths, model), '_blank');
        reconnector.again();
      },
      reload: () => window.location.reload(),
      unsaved: () => unsaved(app, documents)
    };
    const update = () => show(reconnector.phase, banner, model, trans, open);
    reconnector.changed.connect(update);
    return async () => reconnector.lost();
  }
};

export default [connectionLost];
