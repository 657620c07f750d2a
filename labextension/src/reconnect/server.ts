/** Asking a Jupyter server whether it is back, and for a fresh XSRF cookie. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

/** `here`: it answers. `away`: not yet. `refused`: it answers, but does not know this browser any more. */
export type Answer = 'here' | 'away' | 'refused';

export async function probe(settings: ServerConnection.ISettings): Promise<Answer> {
  try {
    const url = URLExt.join(settings.baseUrl, 'api', 'status');
    const answer = await fetch(url, { credentials: 'same-origin', cache: 'no-store', redirect: 'manual' });
    if (answer.ok) {
      return 'here';
    }
    return answer.type === 'opaqueredirect' || answer.status === 401 || answer.status === 403 ? 'refused' : 'away';
  } catch {
    return 'away';
  }
}

/** A page of the new server sets the XSRF cookie that it will accept. */
export async function renewXsrf(settings: ServerConnection.ISettings): Promise<void> {
  const url = URLExt.join(settings.baseUrl, 'lab');
  await fetch(url, { credentials: 'same-origin', cache: 'no-store' }).catch(() => undefined);
}
