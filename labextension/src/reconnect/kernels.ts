/** New kernels for the documents and consoles whose kernels went with the old server. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { ServiceManager } from '@jupyterlab/services';

interface WithSession {
  sessionContext?: ISessionContext;
  content?: { sessionContext?: ISessionContext };
  console?: { sessionContext?: ISessionContext };
}

function sessionContexts(app: JupyterFrontEnd): ISessionContext[] {
  const found = new Set<ISessionContext>();
  const widgets = ['main', 'down'].flatMap(area => [...app.shell.widgets(area)]);
  for (const widget of widgets) {
    const one = widget as unknown as WithSession;
    const context = one.sessionContext ?? one.content?.sessionContext ?? one.console?.sessionContext;
    if (context) {
      found.add(context);
    }
  }
  return [...found];
}

/** The kernels that were in use, to be asked for before the server's list is refreshed. */
export function kernelNames(app: JupyterFrontEnd): Map<ISessionContext, string> {
  const names = new Map<ISessionContext, string>();
  for (const context of sessionContexts(app)) {
    // One that was only being started has no name of its own yet.
    const wanted = context.isReady ? null : context.kernelPreference.name;
    const name = context.session?.kernel?.name || context.prevKernelName || wanted;
    if (name) {
      names.set(context, name);
    }
  }
  return names;
}

/** Start a kernel of the same name wherever one is gone. Throws if the server does not tell which are left. */
export async function renewKernels(
  services: ServiceManager.IManager,
  names: Map<ISessionContext, string>
): Promise<void> {
  await services.kernels.refreshRunning();
  await services.sessions.refreshRunning();
  const running = new Set([...services.kernels.running()].map(model => model.id));
  const gone = [...names].filter(([context]) => {
    const id = context.session?.kernel?.id;
    return !context.isDisposed && (id === undefined || !running.has(id));
  });
  await Promise.all(gone.map(([context, name]) => context.changeKernel({ name }).catch(() => null)));
}
