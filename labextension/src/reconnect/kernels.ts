/** New kernels for the documents and consoles whose kernels went with the old server. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';

interface WithSession {
  sessionContext?: ISessionContext;
  content?: { sessionContext?: ISessionContext };
  console?: { sessionContext?: ISessionContext };
}

/** What shows JupyterLab's dialog about a kernel that is dead. */
interface WithDialog {
  _displayKernelError?: () => Promise<void>;
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

/**
 * Keep JupyterLab from telling with a dialog what the page says already, or let it again.
 *
 * A connection to a kernel of the old server that asks the new one hears that there is no such kernel, and calls it dead.
 */
export function hushKernels(app: JupyterFrontEnd, hushed: boolean): void {
  for (const context of sessionContexts(app) as WithDialog[]) {
    if (hushed) {
      context._displayKernelError = () => Promise.resolve();
    } else {
      delete context._displayKernelError;
    }
  }
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
export async function renewKernels(app: JupyterFrontEnd, names: Map<ISessionContext, string>): Promise<void> {
  const services = app.serviceManager;
  await services.kernels.refreshRunning();
  await services.sessions.refreshRunning();
  hushKernels(app, false); // the old connections are gone: what fails from here on is news
  const running = new Set([...services.kernels.running()].map(model => model.id));
  const gone = [...names].filter(([context]) => {
    const id = context.session?.kernel?.id;
    return !context.isDisposed && (id === undefined || !running.has(id));
  });
  await Promise.all(gone.map(([context, name]) => context.changeKernel({ name }).catch(() => null)));
}
