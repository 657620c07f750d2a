/** The server's routes about jobs, as functions. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { MaiaProblem, Problem, Unreachable } from '../api';
import type { Efficiency, FileEntry, JobForm, JobPage, State, Task } from './records';

export class HpcApi {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  url(...path: string[]): string {
    const parts = path.map(part => encodeURIComponent(part));
    return URLExt.join(this.settings.baseUrl, 'maia', 'hpc', ...parts);
  }

  /** Follow the live log of a job; `name` is that of one of its logs, the first without one. */
  logUrl(token: string, name: string): string {
    return `${this.url('jobs', token, 'log')}?name=${encodeURIComponent(name)}`;
  }

  state(): Promise<State> {
    return this.call('GET', ['state']);
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

  files(token: string, path: string): Promise<FileEntry[]> {
    return this.call('GET', ['jobs', token, 'files'], undefined, `?path=${encodeURIComponent(path)}`);
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

  private async call<T>(method: string, path: string[], body?: object, query = ''): Promise<T> {
    const init = { method, body: body && JSON.stringify(body) };
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(this.url(...path) + query, init, this.settings);
    } catch (error) {
      throw new Unreachable(error, method !== 'GET');
    }
    if (response.ok) {
      return (response.status === 204 ? undefined : await response.json()) as T;
    }
    const said = (await response.json().catch(() => ({}))) as Partial<Problem>;
    if (typeof said.detail === 'string' && typeof said.status === 'number') {
      throw new MaiaProblem(said as Problem);
    }
    throw new Unreachable(response.status, method !== 'GET');
  }
}
