/** The calls of the service, one method each. */

import type { Alarm, Booking, BookingChange, BookingRequest, BookingState, OutageEffect, Slot, Verdict } from './bookings';
import type { Calendar } from './calendar';
import type { Class, ClassChange, ClassCheck, ClassRequest } from './classes';
import type { Contact, ContactChange } from './contact';
import type { Feed, FeedKind, NewFeed } from './feeds';
import type { Block, ForeignProcess, MachineState, Outage } from './gpus';
import type { Account, AuditEvent, AuditSearch, Me } from './people';
import type { MaiaProblem } from './problems';
import type { Project } from './projects';
import type { Report, ReportQuery } from './reports';
import type { RuleChange, RuleKind, Rules, Trial } from './rules';
import type { Series, SeriesCheck, SeriesRequest } from './series';
import type { QueuePlace, State } from './servers';
import type { ToolShare } from './shares';
import type { Template, TemplateRequest } from './templates';
import { Transport, TransportOptions } from './transport';
import type { SomebodysWish, WaitlistEntry, WaitlistRequest } from './waitlist';

/** Where the outages of a product as a whole are. */
const blocks = (pool: string): string => `admin/pools/${encodeURIComponent(pool)}/outages`;

export class Api {
  constructor(private readonly options: TransportOptions) {
    this.transport = new Transport(options);
  }

  get eventsUrl(): string {
    return this.transport.url('events');
  }

  /** Why the service gives no event stream now; null if it gives one. */
  eventsRefusal(): Promise<MaiaProblem | null> {
    return this.transport.refusal('events');
  }

  /** All that is live, asked for once. */
  state(): Promise<State> {
    return this.transport.call('state');
  }

  get logoutUrl(): string {
    return `${this.options.base}/logout`;
  }

  // ---- people

  me(): Promise<Me> {
    return this.transport.me();
  }

  /** GPU-hours of people and projects over [start, end). */
  account(start: string, end: string): Promise<Account[]> {
    return this.transport.call('account', { query: { start, end } });
  }

  /** GPU-hours by any groups: my own, those of projects that I lead, to administrators everybody's. */
  report(query: ReportQuery): Promise<Report> {
    return this.transport.call('reports', { query: { ...query } });
  }

  /** Where the browser finds the same as CSV. */
  reportAsCsv(query: ReportQuery): string {
    return this.transport.url('reports', { ...query, format: 'csv' });
  }

  /** My projects; to administrators all with quotas. */
  projects(): Promise<Project[]> {
    return this.transport.call('projects');
  }

  // ---- bookings

  calendar(start: string, end: string): Promise<Calendar> {
    return this.transport.call('calendar', { query: { start, end } });
  }

  bookings(
    query: { mine?: boolean; start?: string; end?: string; state?: BookingState[] } = {}
  ): Promise<Booking[]> {
    return this.transport.call('bookings', { query });
  }

  book(request: BookingRequest): Promise<Booking> {
    return this.transport.call('bookings', { method: 'POST', body: request });
  }

  /** Could this be booked? `ignore` names the booking that the request would replace. */
  check(request: BookingRequest, ignore?: string, signal?: AbortSignal): Promise<Verdict> {
    return this.transport.call('bookings/check', { method: 'POST', body: request, query: { ignore }, signal });
  }

  booking(id: string): Promise<Booking> {
    return this.transport.call(`bookings/${id}`);
  }

  /** `match` is the etag of the version that was seen; a change of another one is refused with 412. */
  change(id: string, change: BookingChange, match?: string): Promise<Booking> {
    return this.transport.call(`bookings/${id}`, { method: 'PATCH', body: change, match });
  }

  extend(id: string, until: string, match?: string): Promise<Booking> {
    return this.transport.call(`bookings/${id}/extend`, { method: 'POST', body: { until }, match });
  }

  release(id: string): Promise<Booking> {
    return this.transport.call(`bookings/${id}/release`, { method: 'POST' });
  }

  cancel(id: string): Promise<Booking> {
    return this.transport.call(`bookings/${id}/cancel`, { method: 'POST' });
  }

  /** Say that a booked GPU that does little is needed: the question is answered. */
  keep(id: string): Promise<Booking> {
    return this.transport.call(`bookings/${id}/keep`, { method: 'POST' });
  }

  /** The next free slots like a booking that pass the rules. */
  offers(id: string): Promise<Slot[]> {
    return this.transport.call(`bookings/${id}/offers`);
  }

  /** Let a colleague of the same project have it, or what is left of it; `match` as in `change`. */
  handOver(id: string, to: string, match?: string): Promise<Booking> {
    return this.transport.call(`bookings/${id}/hand-over`, { method: 'POST', body: { to }, match });
  }

  /** End somebody's booking, as an administrator or a lead of its project. */
  revoke(id: string, reason: string): Promise<Booking> {
    return this.transport.call(`bookings/${id}/revoke`, { method: 'POST', body: { reason } });
  }

  // ---- bookings that repeat

  /** Of every date: could it be booked? Nothing is. */
  checkSeries(request: SeriesRequest): Promise<SeriesCheck> {
    return this.transport.call('series/check', { method: 'POST', body: request });
  }

  bookSeries(request: SeriesRequest): Promise<Series> {
    return this.transport.call('series', { method: 'POST', body: request });
  }

  /** Cancel what is not used yet, from one of its bookings on if it is named. */
  cancelSeries(id: string, since: string | null = null): Promise<Series> {
    return this.transport.call(`series/${id}/cancel`, { method: 'POST', body: { since } });
  }

  // ---- classes

  classes(): Promise<Class[]> {
    return this.transport.call('classes');
  }

  oneClass(id: string): Promise<Class> {
    return this.transport.call(`classes/${id}`);
  }

  /** What is wrong in the list, or every date of every group; nothing is booked. */
  checkClass(request: ClassRequest): Promise<ClassCheck> {
    return this.transport.call('classes/check', { method: 'POST', body: request });
  }

  /** What each date of a class would be with other groups; nothing is changed. */
  checkClassChange(id: string, roster: string, staff: string[]): Promise<ClassCheck> {
    return this.transport.call(`classes/${id}/check`, { method: 'POST', body: { roster, staff } });
  }

  makeClass(request: ClassRequest): Promise<Class> {
    return this.transport.call('classes', { method: 'POST', body: request });
  }

  /** `match` as in `change`. */
  changeClass(id: string, change: ClassChange, match?: string): Promise<Class> {
    return this.transport.call(`classes/${id}`, { method: 'PATCH', body: change, match });
  }

  cancelClassDate(id: string, start: string): Promise<Class> {
    return this.transport.call(`classes/${id}/cancel-date`, { method: 'POST', body: { start } });
  }

  endClass(id: string, reason: string): Promise<Class> {
    return this.transport.call(`classes/${id}/end`, { method: 'POST', body: { reason } });
  }

  // ---- templates

  templates(): Promise<Template[]> {
    return this.transport.call('templates');
  }

  /** One of the same name is replaced. */
  saveTemplate(request: TemplateRequest): Promise<Template> {
    return this.transport.call('templates', { method: 'POST', body: request });
  }

  /** Book by it the next time that it can begin. */
  bookTemplate(id: string): Promise<Booking> {
    return this.transport.call(`templates/${id}/book`, { method: 'POST', body: {} });
  }

  forgetTemplate(id: string): Promise<void> {
    return this.transport.call(`templates/${id}`, { method: 'DELETE' });
  }

  // ---- servers and notices

  switchServer(server: string, choice: string): Promise<void> {
    return this.transport.call('servers/switch', { method: 'POST', query: { server }, body: { choice } });
  }

  // ---- waiting for an idle GPU

  joinQueue(pool: string, server: string): Promise<QueuePlace> {
    return this.transport.call('queue', { method: 'POST', body: { pool, server } });
  }

  /** Give a place up, or turn down what is offered there. */
  leaveQueue(place: number): Promise<void> {
    return this.transport.call(`queue/${place}`, { method: 'DELETE' });
  }

  /** Have the server restarted with the GPU that is offered. */
  acceptOffer(place: number): Promise<void> {
    return this.transport.call(`queue/${place}/accept`, { method: 'POST' });
  }

  // ---- waiting for booked time

  /** Wait for a booking that cannot be made now; what can be is made at once. */
  waitFor(request: WaitlistRequest): Promise<WaitlistEntry> {
    return this.transport.call('waitlist', { method: 'POST', body: request });
  }

  withdrawWish(id: string): Promise<void> {
    return this.transport.call(`waitlist/${id}`, { method: 'DELETE' });
  }

  /** Take the booking that is offered. */
  acceptWish(id: string): Promise<Booking> {
    return this.transport.call(`waitlist/${id}/accept`, { method: 'POST' });
  }

  /** Turn it down; what the wish asks for later still waits. */
  declineWish(id: string): Promise<void> {
    return this.transport.call(`waitlist/${id}/decline`, { method: 'POST' });
  }

  dismiss(notice: number): Promise<void> {
    return this.transport.call(`notices/${notice}`, { method: 'DELETE' });
  }

  // ---- what people share

  /** What I share and what is shared with me now, the oldest first. */
  toolShares(): Promise<ToolShare[]> {
    return this.transport.call('monailabel-shares');
  }

  // ---- notices by e-mail

  contact(): Promise<Contact> {
    return this.transport.call('contact');
  }

  chooseNotices(change: ContactChange): Promise<Contact> {
    return this.transport.call('contact', { method: 'PATCH', body: change });
  }

  /** Have a code sent to an address. */
  giveAddress(address: string): Promise<Contact> {
    return this.transport.call('contact/address', { method: 'POST', body: { address }, repeats: false });
  }

  confirmAddress(code: string): Promise<Contact> {
    return this.transport.call('contact/confirm', { method: 'POST', body: { code }, repeats: false });
  }

  /** Be told in a channel, too; an empty address ends that. */
  giveHook(url: string): Promise<Contact> {
    return this.transport.call('contact/hook', { method: 'POST', body: { url } });
  }

  sendTest(): Promise<void> {
    return this.transport.call('contact/test', { method: 'POST' });
  }

  forgetContact(): Promise<void> {
    return this.transport.call('contact', { method: 'DELETE' });
  }

  // ---- calendar programs

  feeds(): Promise<Feed[]> {
    return this.transport.call('feeds');
  }

  addFeed(kind: FeedKind, of: string): Promise<NewFeed> {
    return this.transport.call('feeds', { method: 'POST', body: { kind, of }, repeats: false });
  }

  /** Another address in the place of the one before. */
  renewFeed(id: string): Promise<NewFeed> {
    return this.transport.call(`feeds/${id}/renew`, { method: 'POST', repeats: false });
  }

  revokeFeed(id: string): Promise<void> {
    return this.transport.call(`feeds/${id}`, { method: 'DELETE' });
  }

  // ---- administrators, and who oversees a project

  /** What was decided, the newest first; all that is asked for must be true of it. */
  audit(query: AuditSearch & { before?: number; limit?: number } = {}): Promise<AuditEvent[]> {
    return this.transport.call('admin/audit', { query: { ...query } });
  }

  /** The same of one project, for who leads it and for its data stewards. */
  projectAudit(project: string, query: AuditSearch & { before?: number; limit?: number } = {}): Promise<AuditEvent[]> {
    return this.transport.call(`projects/${encodeURIComponent(project)}/audit`, { query: { ...query, project: undefined } });
  }

  /** Everybody's wishes that are on the waiting list, the oldest first. */
  allWishes(user = '', limit = 100): Promise<SomebodysWish[]> {
    return this.transport.call('admin/waitlist', { query: { user, limit } });
  }

  /** Take somebody's wish off the list; she reads the reason. */
  removeWish(id: string, reason: string): Promise<void> {
    return this.transport.call(`admin/waitlist/${id}/remove`, { method: 'POST', body: { reason } });
  }

  processes(): Promise<ForeignProcess[]> {
    return this.transport.call('admin/processes');
  }

  alarms(): Promise<Alarm[]> {
    return this.transport.call('admin/alarms');
  }

  machines(): Promise<MachineState[]> {
    return this.transport.call('admin/nodes');
  }

  /** What would an outage do to bookings? */
  checkOutage(outage: Outage): Promise<OutageEffect> {
    return this.transport.call('admin/outages/check', { method: 'POST', body: outage });
  }

  /** Refused if bookings would lose their GPUs, unless it is to be despite them. */
  addOutage(outage: Outage, despiteBookings = false): Promise<Outage> {
    return this.transport.call('admin/outages', { method: 'POST', body: { ...outage, despite_bookings: despiteBookings } });
  }

  removeOutage({ node, start, end, gpus, reason, gpu }: Outage): Promise<void> {
    return this.transport.call('admin/outages', { method: 'DELETE', body: { node, start, end, gpus, reason, gpu } });
  }

  /** What would blocking a product do to bookings? */
  checkBlock({ pool, ...block }: Block): Promise<OutageEffect> {
    return this.transport.call(`${blocks(pool)}/check`, { method: 'POST', body: block });
  }

  /** Refused as an outage is. */
  block({ pool, ...block }: Block, despiteBookings = false): Promise<{ pool: string; outages: Outage[] }> {
    return this.transport.call(blocks(pool), { method: 'POST', body: { ...block, despite_bookings: despiteBookings } });
  }

  unblock({ pool, ...block }: Block): Promise<void> {
    return this.transport.call(blocks(pool), { method: 'DELETE', body: block });
  }

  rules(): Promise<Rules> {
    return this.transport.call('admin/rules');
  }

  /** `match` is the etag of the version that was seen; a change of another one is refused with 412. */
  changeRule(kind: RuleKind, change: RuleChange, reason: string, match: string): Promise<Rules> {
    return this.transport.call(`admin/rules/${kind}`, { method: 'PUT', body: { ...change, reason }, match });
  }

  /** What would rules have refused of the bookings that were made? */
  tryRule(kind: RuleKind, change: RuleChange, days: number): Promise<Trial> {
    return this.transport.call(`admin/rules/${kind}/try`, { method: 'POST', body: { ...change, days } });
  }

  private readonly transport: Transport;
}
