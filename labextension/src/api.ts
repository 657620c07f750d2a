/**
 * The typed client of the MAIA Hub service, shared by the Lab panels and the portal.
 *
 * The shapes mirror `maia_hub/client/models.py`. Times are ISO 8601 strings in UTC, memory is in bytes, durations are in
 * seconds. This file knows neither React nor JupyterLab.
 */

export type Kind = 'booked' | 'opportunistic' | 'cpu';
export type BookingState = 'requested' | 'confirmed' | 'active' | 'ended';
export type Action = 'extend' | 'move' | 'cancel' | 'release' | 'revoke';

export interface Gpu {
  id: string;
  node: string;
  index: number;
  product: string;
  memory: number;
  simulated: boolean;
  mig_profile: string | null;
}

export interface Pool {
  id: string;
  product: string;
  resource: string;
  simulated: boolean;
  capacity: number;
  largest_node: number;
  gpus: Gpu[];
}

export interface Booking {
  id: string;
  user: string;
  project: string;
  pool: string;
  product: string;
  node: string;
  gpus: number;
  start: string;
  end: string;
  state: BookingState;
  cause: string | null;
  ended_at: string | null;
  note: string;
  mine: boolean;
  may: Action[];
}

export interface FreePoint {
  at: string;
  free: number;
}

export interface Outage {
  node: string;
  start: string;
  end: string;
  gpus: number;
  reason: string;
}

export interface PoolCalendar {
  pool: Pool;
  bookings: Booking[];
  outages: Outage[];
  profile: FreePoint[];
}

export interface Calendar {
  now: string;
  start: string;
  end: string;
  pools: PoolCalendar[];
}

export interface Slot {
  pool: string;
  node: string;
  gpus: number;
  start: string;
  end: string;
}

export interface BookingRequest {
  pool?: string | null;
  product?: string | null;
  gpus: number;
  start: string;
  end: string;
  project?: string;
  note?: string;
}

export interface BookingChange {
  start?: string;
  end?: string;
  note?: string;
}

export interface Refusal {
  rule: string;
  message: string;
  given: string;
  limit: string;
  earliest: string | null;
}

export interface Verdict {
  allowed: boolean;
  node: string | null;
  refusals: Refusal[];
  next_free: Slot | null;
}

export interface Choice {
  key: string;
  kind: Kind;
  label: string;
  enabled: boolean;
  reason: string;
  pool: string | null;
  booking: string | null;
  gpus: number;
  simulated: boolean;
  until: string | null;
  next_free: string | null;
}

export interface Options {
  now: string;
  choices: Choice[];
  preselected: string;
}

/** What one running server holds. */
export interface Session {
  server: string;
  project: string;
  grant: string;
  kind: Kind;
  reason: string;
  gpus: Gpu[];
  booking: string | null;
  since: string;
  until: string | null;
  save_at: string | null;
  stop_at: string | null;
  extendable_until: string | null;
  next_holder: string | null;
  next_start: string | null;
  switch: Choice | null;
  ending: boolean;
}

export interface Notice {
  id: number;
  at: string;
  kind: 'expired' | 'preempted' | 'revoked' | 'released' | 'switch' | 'respawned' | 'info';
  server: string;
  title: string;
  message: string;
}

/** Everything the panels show of one user; the stream sends it whole whenever any of it changes. */
export interface State {
  now: string;
  user: string;
  sessions: Session[];
  bookings: Booking[];
  notices: Notice[];
  pools: Pool[];
  warnings: number[];
  calendar_version: number;
}

export interface GpuUsage {
  gpu: string;
  utilisation: number | null;
  memory_used: number | null;
  memory: number;
  simulated: boolean;
}

export interface Usage {
  now: string;
  gpus: GpuUsage[];
}

export interface Me {
  user: string;
  admin: boolean;
  groups: string[];
  now: string;
  xsrf: string | null;
}

export interface Account {
  user: string;
  project: string;
  booked: number;
  used: number;
  idle: number;
}

export interface AuditEvent {
  id: number;
  at: string;
  actor: string;
  action: string;
  subject: string;
  reason: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

export interface ForeignProcess {
  gpu: string;
  pid: number;
  unix_user: string;
  memory: number | null;
  since: string;
}

/** RFC 9457 problem details: the one shape of every error of the service. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  given?: unknown;
  allowed?: unknown;
  advice?: string | null;
  refusals?: Refusal[];
  next_free?: Slot | null;
}

/** The service answered with an error; `message` is fit to be shown. */
export class MaiaProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'MaiaProblem';
  }

  get status(): number {
    return this.problem.status;
  }

  get advice(): string {
    return this.problem.advice ?? '';
  }

  get refusals(): Refusal[] {
    return this.problem.refusals ?? [];
  }

  get nextFree(): Slot | null {
    return this.problem.next_free ?? null;
  }
}

/** The service did not answer at all, or a proxy answered in its stead. */
export class Unreachable extends Error {
  constructor(readonly reason?: unknown) {
    super('The MAIA service does not answer.');
    this.name = 'Unreachable';
  }
}

export interface ApiOptions {
  /** The service's prefix without a final slash: `/services/maia`, or a whole URL of the same origin. */
  base: string;
  /** Makes the browser's session valid again; true if the refused call is worth a second try. */
  signIn?: () => Promise<boolean>;
}

/** What differs between the calls: method, query and body. */
interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Record<string, string | number | boolean | string[] | null | undefined>;
  body?: unknown;
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

async function problemOf(response: Response): Promise<Error> {
  const type = response.headers.get('Content-Type') ?? '';
  if (type.includes('json')) {
    const body = (await response.json().catch(() => ({}))) as Partial<Problem>;
    if (typeof body.detail === 'string' && typeof body.status === 'number') {
      return new MaiaProblem(body as Problem);
    }
  }
  // A page instead of a problem comes from the proxy in front of the service, which then is down or restarting.
  if (response.status >= 500 || response.status === 404) {
    return new Unreachable(response.status);
  }
  const title = response.statusText || 'Refused';
  return new MaiaProblem({ type: 'about:blank', title, status: response.status, detail: title });
}

export class Api {
  constructor(private readonly options: ApiOptions) {}

  get base(): string {
    return this.options.base;
  }

  get eventsUrl(): string {
    return this.url('events');
  }

  get loginUrl(): string {
    return `${this.options.base}/login`;
  }

  get logoutUrl(): string {
    return `${this.options.base}/logout`;
  }

  // ---- people and inventory

  async me(): Promise<Me> {
    const me = await this.call<Me>('me');
    this.xsrf = me.xsrf;
    return me;
  }

  gpus(): Promise<Pool[]> {
    return this.call('gpus');
  }

  calendar(start: string, end: string, signal?: AbortSignal): Promise<Calendar> {
    return this.call('calendar', { query: { start, end }, signal });
  }

  state(): Promise<State> {
    return this.call('state');
  }

  account(start: string, end: string): Promise<Account[]> {
    return this.call('account', { query: { start, end } });
  }

  usage(): Promise<Usage> {
    return this.call('usage');
  }

  // ---- bookings

  bookings(
    query: { mine?: boolean; start?: string; end?: string; state?: BookingState[] } = {}
  ): Promise<Booking[]> {
    return this.call('bookings', { query });
  }

  book(request: BookingRequest): Promise<Booking> {
    return this.call('bookings', { method: 'POST', body: request });
  }

  /** Could this be booked? `ignore` names the booking that the request would replace. */
  check(request: BookingRequest, ignore?: string, signal?: AbortSignal): Promise<Verdict> {
    return this.call('bookings/check', { method: 'POST', body: request, query: { ignore }, signal });
  }

  change(id: string, change: BookingChange): Promise<Booking> {
    return this.call(`bookings/${id}`, { method: 'PATCH', body: change });
  }

  extend(id: string, until: string): Promise<Booking> {
    return this.call(`bookings/${id}/extend`, { method: 'POST', body: { until } });
  }

  release(id: string): Promise<Booking> {
    return this.call(`bookings/${id}/release`, { method: 'POST' });
  }

  cancel(id: string): Promise<Booking> {
    return this.call(`bookings/${id}/cancel`, { method: 'POST' });
  }

  /** The next free interval of `duration` seconds, or null if there is none within the horizon. */
  slot(pool: string, gpus: number, duration: number, after: string): Promise<Slot | null> {
    return this.call('slots', { query: { pool, gpus, duration, after } });
  }

  // ---- servers and notices

  serverOptions(server: string): Promise<Options> {
    return this.call('options', { query: { server } });
  }

  switchServer(server: string, choice: string): Promise<void> {
    return this.call('servers/switch', { method: 'POST', query: { server }, body: { choice } });
  }

  dismiss(notice: number): Promise<void> {
    return this.call(`notices/${notice}`, { method: 'DELETE' });
  }

  // ---- administrators

  audit(
    query: { before?: number; limit?: number; user?: string; action?: string } = {}
  ): Promise<AuditEvent[]> {
    return this.call('admin/audit', { query });
  }

  processes(): Promise<ForeignProcess[]> {
    return this.call('admin/processes');
  }

  addOutage(outage: Outage): Promise<Outage> {
    return this.call('admin/outages', { method: 'POST', body: outage });
  }

  removeOutage(outage: Outage): Promise<void> {
    return this.call('admin/outages', { method: 'DELETE', body: outage });
  }

  revoke(id: string, reason: string): Promise<Booking> {
    return this.call(`admin/bookings/${id}/revoke`, { method: 'POST', body: { reason } });
  }

  // ---- transport

  private url(path: string): string {
    return `${this.options.base}/api/v1/${path}`;
  }

  private async call<T>(path: string, call: Call = {}): Promise<T> {
    try {
      return await this.once<T>(path, call);
    } catch (error) {
      if (!(error instanceof MaiaProblem) || !(await this.renewed(error, call))) {
        throw error;
      }
      return this.once<T>(path, call);
    }
  }

  /** After a lost session or a stale XSRF value: true if the call is worth a second try. */
  private async renewed(error: MaiaProblem, call: Call): Promise<boolean> {
    if (error.status === 401) {
      this.xsrf = null;
      return (await this.options.signIn?.()) ?? false;
    }
    if (error.status === 403 && this.xsrf && call.method && call.method !== 'GET') {
      const old = this.xsrf;
      this.xsrf = null;
      return (await this.once<Me>('me', {})).xsrf !== old;
    }
    return false;
  }

  private async once<T>(path: string, call: Call): Promise<T> {
    const method = call.method ?? 'GET';
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (method !== 'GET') {
      if (!this.xsrf) {
        this.xsrf = (await this.once<Me>('me', {})).xsrf;
      }
      headers['X-XSRFToken'] = this.xsrf ?? '';
    }
    if (call.body !== undefined) {
      headers['Content-Type'] = 'application/json';
    }
    let response: Response;
    try {
      response = await fetch(this.url(path) + queryString(call.query), {
        method,
        headers,
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        credentials: 'same-origin',
        cache: 'no-store',
        signal: call.signal
      });
    } catch (error) {
      throw call.signal?.aborted ? error : new Unreachable(error);
    }
    if (!response.ok) {
      throw await problemOf(response);
    }
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  private xsrf: string | null = null;
}
