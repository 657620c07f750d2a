/** The person's jobs and systems, kept live, and what can be done with them. No DOM. */

import { ISignal, Signal } from '@lumino/signaling';

import { MaiaProblem, Problem } from '../api';
import { Feed, FeedEvent } from '../feed';
import type { HpcApi } from './api';
import type { Finding, Job, JobForm, Returned, State, System, Systems, Task, Tracked } from './records';

const KINDS = ['job', 'forgotten', 'systems', 'task'];

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** Somebody gave up what was being done, here or in a question. */
export class GivenUp extends Error {}

export class HpcModel {
  constructor(readonly api: HpcApi) {}

  /** Anything changed. */
  readonly changed: ISignal<this, void> = new Signal<this, void>(this);
  /** A job is over that was not just now. */
  readonly ended: ISignal<this, Job> = new Signal<this, Job>(this);
  /** Jobs that were over when this browser came, and of which nobody has told it yet. */
  readonly missed: ISignal<this, Job[]> = new Signal<this, Job[]>(this);
  /** A task of this tab asks something, or no longer does. */
  readonly asked: ISignal<this, Task> = new Signal<this, Task>(this);

  /** Something has come back from a job by itself, or could not. */
  readonly returned: ISignal<this, Task> = new Signal<this, Task>(this);

  /** False until the server has told its state. */
  known = false;
  /** The connection to the server is lost; what is shown may be old. */
  lost = false;
  /** Why nothing can be known here: there is no library, or its list of jobs is not readable. */
  problem: unknown = null;
  systems: Systems = { systems: [], broken: [], presets: [], tracking: false, folder: '' };
  /** Names this tab: questions of what it asked for come to it alone. */
  readonly tab = Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16)).join('');

  /** Newest first. */
  get jobs(): Job[] {
    return [...this.byToken.values()].sort((one, other) => (one.created < other.created ? 1 : -1));
  }

  /** What is being done now, in whichever tab. */
  get tasks(): Task[] {
    return [...this.byId.values()].filter(task => ['running', 'asking'].includes(task.state));
  }

  job(token: string): Job | undefined {
    return this.byToken.get(token);
  }

  system(name: string): System | undefined {
    return this.systems.systems.find(system => system.name === name);
  }

  start(): void {
    new Feed(this.api.url('feed'), KINDS, event => this.take(event)).start(() => this.whole());
  }

  submit(form: JobForm): Promise<Job> {
    return this.run<Job>(['jobs'], { form });
  }

  cancel(token: string): Promise<Job> {
    return this.run<Job>(['jobs', token, 'cancel']);
  }

  again(token: string): Promise<Job> {
    return this.run<Job>(['jobs', token, 'again']);
  }

  signIn(system: string): Promise<void> {
    return this.run<void>(['systems', system, 'sign-in']);
  }

  check(system: string): Promise<Finding[]> {
    return this.run<Finding[]>(['systems', system, 'check']);
  }

  /** Fetch files that match patterns, as in .gitignore, to a folder of the file browser. */
  fetch(token: string, to: string, patterns: string[]): Promise<Returned> {
    return this.run<Returned>(['jobs', token, 'fetch'], { to, patterns });
  }

  /** Write a job that is over to MLflow, with further files that match patterns. */
  track(token: string, patterns: string[]): Promise<Tracked> {
    return this.run<Tracked>(['jobs', token, 'track'], { patterns });
  }

  /** Do something that takes its time; the person may be asked something on the way. */
  private async run<T>(path: string[], body: object = {}): Promise<T> {
    const task = await this.api.begin(path, { tab: this.tab, ...body });
    const done = new Promise<unknown>((resolve, reject) => this.waiting.set(task.id, { resolve, reject }));
    this.settle(this.byId.get(task.id) ?? task);
    return (await done) as T;
  }

  private take({ kind, value }: FeedEvent): void {
    this.lost = kind === 'lost';
    if (this.lost && !this.known) {
      void this.ask();
    }
    if (kind === 'state') {
      this.onState(value as State);
    } else if (kind === 'job') {
      this.onJob(value as Job);
    } else if (kind === 'forgotten') {
      this.byToken.delete((value as { token: string }).token);
    } else if (kind === 'systems') {
      this.systems = value as Systems;
    } else if (kind === 'task') {
      this.onTask(value as Task);
      this.onReturn(value as Task);
    }
    this.emit(this.changed, undefined);
  }

  /** A stream does not say why it fails. */
  private async ask(): Promise<void> {
    this.problem = await this.api.state().then(
      () => null,
      error => error
    );
    this.emit(this.changed, undefined);
  }

  private onState(state: State): void {
    const first = !this.known;
    const open = new Set(this.jobs.filter(job => !job.over).map(job => job.token));
    this.known = true;
    this.problem = null;
    this.systems = state;
    this.byToken = new Map(state.jobs.map(job => [job.token, job]));
    this.end(state.jobs.filter(job => job.over && open.has(job.token)));
    if (first) {
      void this.askForMissed();
    }
    state.tasks.forEach(task => this.onTask(task));
  }

  private onJob(job: Job): void {
    const before = this.byToken.get(job.token);
    this.byToken.set(job.token, job);
    if (job.over && this.known && !before?.over) {
      this.end([job]);
    }
  }

  /** Every tab tells an end that it sees; nobody who comes later does. */
  private end(jobs: Job[]): void {
    jobs.forEach(job => this.emit(this.ended, job));
    const tokens = jobs.map(job => job.token);
    tokens.forEach(token => this.told.add(token));
    if (tokens.length) {
      this.api.toTell(tokens).catch(() => undefined); // then it is told once more when JupyterLab is opened again
    }
  }

  private async askForMissed(): Promise<void> {
    await lookedAt();
    const tokens = await this.api.toTell().catch(() => []);
    const jobs = tokens.filter(token => !this.told.has(token) && this.job(token)?.over);
    if (jobs.length) {
      this.emit(
        this.missed,
        jobs.map(token => this.job(token) as Job)
      );
    }
  }

  private onTask(task: Task): void {
    const before = this.byId.get(task.id)?.question?.id;
    this.byId.set(task.id, task);
    if (task.tab === this.tab && task.question?.id !== before) {
      this.emit(this.asked, task);
    }
    this.settle(task);
  }

  private onReturn(task: Task): void {
    if (task.kind === 'return' && ['done', 'failed'].includes(task.state)) {
      this.emit(this.returned, task);
    }
  }

  private settle(task: Task): void {
    const waiting = this.waiting.get(task.id);
    if (!waiting || ['running', 'asking'].includes(task.state)) {
      return;
    }
    this.waiting.delete(task.id);
    if (task.state === 'done') {
      waiting.resolve(task.result);
    } else {
      waiting.reject(task.state === 'failed' ? new MaiaProblem(task.problem as Problem) : new GivenUp());
    }
  }

  private whole(): State | null {
    return this.known ? { ...this.systems, jobs: this.jobs, tasks: [...this.byId.values()] } : null;
  }

  private emit<T>(signal: ISignal<this, T>, value: T): void {
    (signal as Signal<this, T>).emit(value);
  }

  private byToken = new Map<string, Job>();
  /** Of which jobs this tab has told the end. */
  private readonly told = new Set<string>();
  private readonly byId = new Map<string, Task>();
  private readonly waiting = new Map<string, Waiting>();
}

/** Wait until somebody looks at this tab. */
async function lookedAt(): Promise<void> {
  while (document.visibilityState !== 'visible') {
    await new Promise(resolve => document.addEventListener('visibilitychange', resolve, { once: true }));
  }
}
