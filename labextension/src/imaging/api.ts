/** The server's routes about images, as functions. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { MaiaProblem, Problem, Unreachable } from '../api';
import type { NamedNode, Node, Page, Query, Series, State, Task } from './records';

export class ImagesApi {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  url(...path: string[]): string {
    const parts = path.map(part => encodeURIComponent(part));
    return URLExt.join(this.settings.baseUrl, 'maia', 'images', ...parts);
  }

  state(): Promise<State> {
    return this.json('GET', ['state']);
  }

  /** What is searched for goes in the body: addresses are logged. */
  studies(query: Query, offset: number, limit: number): Promise<Page> {
    return this.json('POST', ['studies'], { ...query, offset, limit });
  }

  series(study: string): Promise<Series[]> {
    return this.json('GET', ['studies', study, 'series']);
  }

  async thumbnail(study: string, series: string): Promise<Blob> {
    return (await this.call('GET', ['studies', study, 'series', series, 'thumbnail'])).blob();
  }

  viewer(): Promise<{ name: string; url: string }> {
    return this.json('GET', ['viewer']);
  }

  nodes(): Promise<NamedNode[]> {
    return this.json('GET', ['nodes']);
  }

  echo(node: Node): Promise<void> {
    return this.json('POST', ['echo'], { node });
  }

  /** Begin something that takes its time. */
  begin(path: string[], body: object): Promise<Task> {
    return this.json('POST', path, body);
  }

  giveUp(task: string): Promise<void> {
    return this.json('DELETE', ['tasks', task]);
  }

  upload(): Promise<{ id: string }> {
    return this.json('POST', ['uploads'], {});
  }

  forgetUpload(upload: string): Promise<void> {
    return this.json('DELETE', ['uploads', upload]);
  }

  /** Send one file, telling how many of its bytes are through; its name may be a patient's, so it is a header. */
  file(upload: string, name: string, file: Blob, told: (bytes: number) => void, stop: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('PUT', this.url('uploads', upload, 'file'));
      request.setRequestHeader('X-Maia-Name', encodeURIComponent(name));
      request.setRequestHeader('X-XSRFToken', cookie('_xsrf'));
      if (this.settings.token) {
        request.setRequestHeader('Authorization', `token ${this.settings.token}`);
      }
      request.upload.onprogress = event => told(event.loaded);
      request.onload = () => (request.status < 300 ? resolve() : reject(failure(request.status, request.responseText, true)));
      request.onerror = () => reject(new Unreachable('the upload broke off', true));
      request.onabort = () => reject(new DOMException('', 'AbortError'));
      stop.addEventListener('abort', () => request.abort());
      request.send(file);
    });
  }

  private async json<T>(method: string, path: string[], body?: object): Promise<T> {
    const response = await this.call(method, path, body);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  private async call(method: string, path: string[], body?: object): Promise<Response> {
    const init = { method, body: body && JSON.stringify(body) };
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(this.url(...path), init, this.settings);
    } catch (error) {
      throw new Unreachable(error, false);
    }
    if (!response.ok) {
      throw failure(response.status, await response.text(), false);
    }
    return response;
  }
}

function failure(status: number, text: string, unsure: boolean): Error {
  try {
    const said = JSON.parse(text) as Partial<Problem>;
    if (typeof said.detail === 'string' && typeof said.status === 'number') {
      return new MaiaProblem(said as Problem);
    }
  } catch {
    // A proxy speaks in its own words.
  }
  return new Unreachable(status, unsure);
}

function cookie(name: string): string {
  return document.cookie.match(`\\b${name}=([^;]*)\\b`)?.[1] ?? '';
}
