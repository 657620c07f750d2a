/**
 * Sending a call: its headers, its time-out, and a second try after the session or the XSRF value was renewed, after
 * the connection broke, or when the service says so. A change bears an `Idempotency-Key`: it is made once.
 */

import type { Me } from './people';
import { MaiaProblem, Problem, Unreachable } from './problems';

/** After so long (milliseconds) a call counts as not answered: a connection may be dead without anybody being told. */
const PATIENCE = 20_000;
/** How long to wait (milliseconds) before a call whose connection broke is sent again. */
const PAUSE = 500;
/** How long (milliseconds) a call waits at most where the service says when to come back, and how often. */
const LONGEST_PAUSE = 15_000;
const MOST_PAUSES = 3;

export interface TransportOptions {
  /** The service's prefix without a final slash: `/services/maia`, or a whole URL of the same origin. */
  base: string;
  /** Makes the browser's session valid again; true if the refused call is worth a second try. */
  signIn?: () => Promise<boolean>;
}

/** What differs between the calls: method, query and body. */
export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Record<string, string | number | boolean | string[] | null | undefined>;
  body?: unknown;
  /** The `etag` of the version that is meant: a change of what was changed meanwhile is refused. */
  match?: string;
  /** False for what would be done twice if it were sent twice. */
  repeats?: false;
  signal?: AbortSignal;
}

function queryString(query: Call['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    const text = Array.isArray(value) ? value.join(',') : String(value ?? '');
    if (text !== '') {
      parameters.append(name, text);
    }
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

async function problemOf(response: Response, changes: boolean): Promise<Error> {
  const type = response.headers.get('Content-Type') ?? '';
  if (type.includes('json')) {
    const body = (await response.json().catch(() => ({}))) as Partial<Problem>;
    if (typeof body.detail === 'string' && typeof body.status === 'number') {
      return new MaiaProblem(body as Problem, Number(response.headers.get('Retry-After') ?? 0) * 1000);
    }
  }
  // A page instead of a problem comes from the proxy in front of the service, which then is down or restarting.
  if (response.status >= 500 || response.status === 404) {
    return new Unreachable(response.status, changes && response.status >= 500);
  }
  const title = response.statusText || 'Refused';
  return new MaiaProblem({ type: 'about:blank', title, status: response.status, detail: title });
}

/** What makes every try of one call the same change; `crypto.randomUUID` is there on HTTPS alone. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `"${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}"`;
}

/** Ends the call when `outer` does, or after our patience. */
function limited(outer?: AbortSignal): { signal: AbortSignal; settle: () => void } {
  const abort = new AbortController();
  const end = () => abort.abort();
  const timer = window.setTimeout(end, PATIENCE);
  outer?.addEventListener('abort', end);
  const settle = () => {
    window.clearTimeout(timer);
    outer?.removeEventListener('abort', end);
  };
  if (outer?.aborted) {
    end();
  }
  return { signal: abort.signal, settle };
}

export class Transport {
  constructor(private readonly options: TransportOptions) {}

  url(path: string, query?: Call['query']): string {
    return `${this.options.base}/api/v1/${path}${queryString(query)}`;
  }

  async me(): Promise<Me> {
    const me = await this.call<Me>('me');
    this.xsrf = me.xsrf;
    return me;
  }

  async call<T>(path: string, call: Call = {}): Promise<T> {
    const key = newKey();
    try {
      return await this.patiently<T>(path, call, key);
    } catch (error) {
      if (!(await this.worthAnother(error, call))) {
        throw error;
      }
      return this.patiently<T>(path, call, key);
    }
  }

  /** Why an event stream would not be given now; null if it would. */
  async refusal(path: string): Promise<MaiaProblem | null> {
    const { signal, settle } = limited();
    const abort = new AbortController();
    signal.addEventListener('abort', () => abort.abort());
    try {
      const response = await fetch(this.url(path), { credentials: 'same-origin', cache: 'no-store', signal: abort.signal });
      const problem = response.ok ? null : await problemOf(response, false);
      return problem instanceof MaiaProblem ? problem : null;
    } finally {
      settle();
      abort.abort(); // a stream that is given is not read
    }
  }

  /** Who has asked too often waits as long as the service says: nothing was done. */
  private async patiently<T>(path: string, call: Call, key: string): Promise<T> {
    for (let pauses = 1; ; pauses++) {
      try {
        return await this.once<T>(path, call, key);
      } catch (error) {
        const pause = error instanceof MaiaProblem && error.status === 429 ? error.retryAfter : Infinity;
        if (pause > LONGEST_PAUSE || pauses > MOST_PAUSES || call.signal?.aborted) {
          throw error;
        }
        // Many tabs that waited for the same moment do not come back in the same moment.
        await new Promise(resolve => window.setTimeout(resolve, pause * (1 + Math.random() / 2)));
      }
    }
  }

  private async worthAnother(error: unknown, call: Call): Promise<boolean> {
    if (error instanceof MaiaProblem) {
      return this.renewed(error, call);
    }
    // What could be broken at once was: a call that lasted as long as our patience ends with an AbortError.
    const broken = call.repeats !== false && error instanceof Unreachable && error.reason instanceof TypeError;
    if (broken) {
      await new Promise(resolve => window.setTimeout(resolve, PAUSE));
    }
    return broken;
  }

  /** After a lost session or a stale XSRF value: true if the call is worth a second try. */
  private async renewed(error: MaiaProblem, call: Call): Promise<boolean> {
    if (error.status === 401) {
      this.xsrf = null;
      return (await this.options.signIn?.()) ?? false;
    }
    if (error.status === 403 && this.xsrf && call.method && call.method !== 'GET') {
      const old = this.xsrf;
      this.xsrf = (await this.once<Me>('me', {})).xsrf;
      return this.xsrf !== old;
    }
    return false;
  }

  private async once<T>(path: string, call: Call, key = ''): Promise<T> {
    const headers = await this.headersOf(call, key);
    const changes = call.method !== undefined && call.method !== 'GET';
    const { signal, settle } = limited(call.signal);
    try {
      const response = await fetch(this.url(path, call.query), {
        method: call.method ?? 'GET',
        headers,
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        credentials: 'same-origin',
        cache: 'no-store',
        signal
      });
      if (!response.ok) {
        throw await problemOf(response, changes);
      }
      return (response.status === 204 ? undefined : await response.json()) as T;
    } catch (error) {
      const known = error instanceof MaiaProblem || error instanceof Unreachable || call.signal?.aborted;
      throw known ? error : new Unreachable(error, changes);
    } finally {
      settle();
    }
  }

  private async headersOf(call: Call, key: string): Promise<Record<string, string>> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (call.method && call.method !== 'GET') {
      this.xsrf ??= (await this.once<Me>('me', {})).xsrf;
      headers['X-XSRFToken'] = this.xsrf ?? '';
      headers['Idempotency-Key'] = key;
    }
    if (call.match) {
      headers['If-Match'] = call.match;
    }
    if (call.body !== undefined) {
      headers['Content-Type'] = 'application/json';
    }
    return headers;
  }

  private xsrf: string | null = null;
}
