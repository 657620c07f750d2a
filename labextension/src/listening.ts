/** Event streams of the user's own server. */

import { ServerConnection } from '@jupyterlab/services';
import { EventSource } from 'eventsource';

/**
 * Listen to one. It is asked for by fetch: behind the hub a page has to show its XSRF token in a header, which a browser's
 * own EventSource cannot.
 */
export function listening(url: string): EventSource {
  const settings = ServerConnection.makeSettings();
  return new EventSource(url, {
    fetch: (address, init) => ServerConnection.makeRequest(String(address), { ...init, cache: 'no-cache' }, settings)
  });
}
