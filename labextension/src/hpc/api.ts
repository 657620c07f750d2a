/** The server's routes about jobs, as functions. */

import type { ServerConnection } from '@jupyterlab/services';

import { ServerApi } from '../server';
import type { Efficiency, FileEntry, Glance, JobForm, JobPage, State, SystemForm, Task } from './records';

export class HpcApi extends ServerApi {
  constructor(settings: ServerConnection.ISettings) {
    super(settings, 'hpc');
  }

  /** Follow the live log of a job; `name` is that of one of its logs, the first without one. */
  logUrl(token: string, name: string): string {
    return `${this.url('jobs', token, 'log')}?name=${encodeURIComponent(name)}`;
  }

  state(): Promise<State> {
    return this.call('GET', ['state']);
  }

  /** Take over to tell the end of jobs, of all without `tokens`: those come back that nobody has told yet. */
  toTell(tokens?: string[]): Promise<string[]> {
    return this.call('POST', ['told'], { tokens });
  }

  job(token: string): Promise<JobPage> {
    return this.call('GET', ['jobs', token]);
  }

  logs(token: string): Promise<string[]> {
    return this.call('GET', ['jobs', token, 'logs']);
  }

  /** What a job made of what it was given; null where nobody counts. */
  efficiency(token: string): Promise<Efficiency | null> {
    return this.call('GET', ['jobs', token, 'efficiency']);
  }

  glance(token: string): Promise<Glance> {
    return this.call('GET', ['jobs', token, 'glance']);
  }

  files(token: string, path: string): Promise<FileEntry[]> {
    return this.call('GET', ['jobs', token, 'files'], undefined, `?path=${encodeURIComponent(path)}`);
  }

  /** Write the file of a new system; its name comes back. */
  addSystem(form: SystemForm): Promise<{ name: string }> {
    return this.call('POST', ['systems'], form);
  }

  preview(form: JobForm): Promise<{ script: string }> {
    return this.call('POST', ['preview'], form);
  }

  forget(token: string): Promise<void> {
    return this.call('DELETE', ['jobs', token]);
  }

  /** Begin something that takes its time. */
  begin(path: string[], body: object): Promise<Task> {
    return this.call('POST', path, body);
  }

  /** Answer what a task asks; null: there is no answer. It goes to who waits for it, and is not kept. */
  answer(task: string, question: string, answer: string | null): Promise<void> {
    return this.call('POST', ['tasks', task], { question, answer });
  }

  giveUp(task: string): Promise<void> {
    return this.call('DELETE', ['tasks', task]);
  }
}
