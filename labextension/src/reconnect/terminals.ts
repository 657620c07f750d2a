/** New shells for the terminals whose shells went with the old server, under their old names and in their old places. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ServerConnection, ServiceManager, Terminal, TerminalAPI } from '@jupyterlab/services';

import { inTurn } from '../election';

/** A tab waits so long (milliseconds) for another that starts the same shells. */
const TURN = 10_000;

/** Where JupyterLab keeps what was typed while there was no connection. */
interface WithPending {
  _pendingMessages?: unknown[];
}

/** What asks the server every few seconds which shells it runs. */
interface WithPoll {
  _pollModels?: { start(): Promise<void>; stop(): Promise<void> };
}

/** Let JupyterLab look for shells or not: a terminal whose shell it misses is closed, and its place in the layout lost. */
export function watchTerminals(services: ServiceManager.IManager, watch: boolean): void {
  const poll = (services.terminals as unknown as WithPoll)._pollModels;
  void (watch ? poll?.start() : poll?.stop());
}

function openTerminals(app: JupyterFrontEnd): Terminal.ITerminalConnection[] {
  const found = new Set<Terminal.ITerminalConnection>();
  for (const area of ['main', 'down', 'left', 'right']) {
    for (const widget of app.shell.widgets(area)) {
      const { content } = widget as unknown as { content?: { session?: Partial<Terminal.ITerminalConnection> } };
      const session = content?.session;
      // A terminal's session, unlike a kernel's, has a connection of its own.
      if (session?.reconnect && session.name && !session.isDisposed) {
        found.add(session as Terminal.ITerminalConnection);
      }
    }
  }
  return [...found];
}

/** Start the shells that are gone; each is started by one tab only, however many show it. */
async function startShells(settings: ServerConnection.ISettings, names: string[]): Promise<void> {
  const running = new Set((await TerminalAPI.listRunning(settings)).map(model => model.name));
  const gone = names.filter(name => !running.has(name));
  await Promise.all(gone.map(name => TerminalAPI.startNew(settings, name)));
}

/** Give every open terminal a shell again. Throws if the server does not tell which are left. */
export async function renewTerminals(app: JupyterFrontEnd): Promise<void> {
  const terminals = openTerminals(app);
  if (!terminals.length || !TerminalAPI.isAvailable()) {
    return;
  }
  const { serverSettings } = app.serviceManager;
  const names = [...new Set(terminals.map(terminal => terminal.name))];
  await inTurn('maia-terminals', TURN, () => startShells(serverSettings, names));
  for (const terminal of terminals) {
    if (!terminal.isDisposed && terminal.connectionStatus !== 'connected') {
      // It was meant for a program that is gone; the new shell must not run it.
      (terminal as unknown as WithPending)._pendingMessages?.splice(0);
      void terminal.reconnect().catch(() => undefined);
    }
  }
}
