/** The server's routes about MONAI Label, as functions. */

import type { ServerConnection } from '@jupyterlab/services';

import { ServerApi } from '../server';
import type { Learning, Password, Share, State, Task, Wanted } from './records';

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

  learning(name: string): Promise<Learning> {
    return this.call('GET', [name, 'learning']);
  }

  /** Stop a training, or give up one that waits to go on. */
  async stopTraining(name: string, training: string): Promise<void> {
    await this.call('POST', [name, 'learning', 'stop'], { training });
  }

  /** Use another version of a model, or 0: as it came. */
  async promote(name: string, model: string, version: number, why: string): Promise<void> {
    await this.call('POST', [name, 'learning', 'promote'], { model, version, why });
  }

  /** Have a label that waits sent now. */
  async send(name: string, uid: string): Promise<void> {
    await this.call('POST', [name, 'labels', uid, 'again']);
  }

  /** Give up a label that waits: it is lost. */
  async giveUpLabel(name: string, uid: string): Promise<void> {
    await this.call('DELETE', [name, 'labels', uid]);
  }

  /** Have what models proposed sent, signed by them; and why some of it is not. */
  sendProposals(name: string): Promise<{ sent: unknown[]; left: Record<string, string> }> {
    return this.call('POST', [name, 'labels', 'proposals']);
  }

  async shares(name: string): Promise<Share[]> {
    return (await this.call<{ shares: Share[] }>('GET', [name, 'shares'])).shares;
  }

  share(name: string, guest: string, until: string): Promise<Share> {
    return this.call('POST', [name, 'shares'], { guest, until });
  }

  async takeBack(name: string, share: string): Promise<void> {
    await this.call('DELETE', [name, 'shares', share]);
  }
}
