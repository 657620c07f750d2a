/** The server's routes about MONAI Label, as functions. */

import type { ServerConnection } from '@jupyterlab/services';

import { ServerApi } from '../server';
import type { Password, State, Task, Wanted } from './records';

export class MonaiLabelApi extends ServerApi {
  constructor(settings: ServerConnection.ISettings) {
    super(settings, 'monailabel');
  }

  state(): Promise<State> {
    return this.call('GET', []);
  }

  prepare(tab: string): Promise<Task> {
    return this.call('POST', ['prepare'], { tab });
  }

  start(tab: string, wanted: Wanted): Promise<Task> {
    return this.call('POST', [], { tab, ...wanted });
  }

  stop(name: string): Promise<Task> {
    return this.call('DELETE', [name]);
  }

  giveUp(task: string): Promise<void> {
    return this.call('DELETE', ['tasks', task]);
  }

  async log(name: string): Promise<string> {
    const { lines } = await this.call<{ lines: string[] }>('GET', [name, 'log']);
    return lines.join('\n');
  }

  password(name: string, role: string): Promise<Password> {
    return this.call('POST', [name, 'password'], { role });
  }
}
