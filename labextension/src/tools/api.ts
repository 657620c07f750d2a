/** The server's routes about the project's tools, as functions. */

import type { ServerConnection } from '@jupyterlab/services';

import { ServerApi } from '../server';
import type { Own, State } from './records';

export type Doing = 'start' | 'stop' | 'rotate';

export class ToolsApi extends ServerApi {
  constructor(settings: ServerConnection.ISettings) {
    super(settings, 'tools');
  }

  feedUrl(project: string): string {
    return `${this.url('feed')}?project=${encodeURIComponent(project)}`;
  }

  state(project: string): Promise<State> {
    return this.call('GET', ['state'], undefined, `?project=${encodeURIComponent(project)}`);
  }

  act(project: string, name: string, doing: Doing): Promise<void> {
    return this.call('POST', [project, name, doing]);
  }

  async log(project: string, name: string): Promise<string> {
    const { lines } = await this.call<{ lines: string[] }>('GET', [project, name, 'log']);
    return lines.join('\n');
  }

  /** For whoever asks to see them: they are shown, and kept nowhere. */
  credentials(project: string, name: string): Promise<Own> {
    return this.call('GET', [project, name, 'credentials']);
  }

  /** A kernel has asked for what the tools tell, and holds it. */
  told(kernel: string): Promise<void> {
    return this.call('POST', ['kernels', kernel]);
  }
}
