/** Asking a Jupyter server whether it is back, and signing in to it anew without a click. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

/** `here`: it answers. `away`: not yet. `refused`: it answers, but does not know this browser any more. */
export type Answer = 'here' | 'away' | 'refused';

const SIGN_IN_WITHIN = 8000;

/** By JupyterLab's own request: without its XSRF header a server of the hub refuses every fetch, reading ones too. */
export async function probe(settings: ServerConnection.ISettings): Promise<Answer> {
  try {
    const url = URLExt.join(settings.baseUrl, 'api', 'status');
    const answer = await ServerConnection.makeRequest(url, {}, settings);
    // While there is no server the proxy hands the request to the hub, which answers 424 or 503.
    const elsewhere = new URL(answer.url).pathname !== new URL(url, location.href).pathname;
    if (answer.ok) {
      return elsewhere ? 'refused' : 'here';
    }
    return [401, 403].includes(answer.status) && !elsewhere ? 'refused' : 'away';
  } catch {
    return 'away';
  }
}

/**
 * Visit a page of the server in a hidden frame: it signs in by the hub, which knows this browser, and sets both cookies.
 *
 * A server sets its XSRF cookie on a visit only, never on a fetch. It forbids to be shown in frames, and no script may
 * run in this one; the cookies are set all the same.
 */
export function signInAgain(settings: ServerConnection.ISettings): Promise<void> {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.title = 'sign-in';
  frame.setAttribute('sandbox', 'allow-same-origin');
  return new Promise<void>(resolve => {
    window.setTimeout(resolve, SIGN_IN_WITHIN);
    frame.onload = () => resolve();
    frame.src = URLExt.join(settings.baseUrl, 'lab');
    document.body.append(frame);
  }).finally(() => frame.remove());
}
