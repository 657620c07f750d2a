/** The user's own server's routes about a subject, as functions. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { MaiaProblem, Problem, Unreachable } from './api';

export class ServerApi {
  constructor(
    protected readonly settings: ServerConnection.ISettings,
    private readonly subject: string
  ) {}

  url(...path: string[]): string {
    const parts = path.map(part => encodeURIComponent(part));
    return URLExt.join(this.settings.baseUrl, 'maia', this.subject, ...parts);
  }

  protected async call<T>(method: string, path: string[], body?: object, query = ''): Promise<T> {
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
