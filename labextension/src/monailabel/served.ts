/** MONAI Label's own routes, behind the door to it: what it serves, its data set, and what it computes. */

import { ServerConnection } from '@jupyterlab/services';

import { Unreachable } from '../api';
import { ServerApi } from '../server';

export interface ModelInfo {
  type?: string;
  description?: string;
}

export interface Info {
  models?: Record<string, ModelInfo>;
  trainers?: Record<string, unknown>;
  strategies?: Record<string, { description?: string }>;
  datastore?: { total?: number; completed?: number };
}

/** When, and by whom something was done, as far as it was kept. */
export interface Noted {
  ts?: number;
  user?: string;
  client_id?: string;
}

export interface Sample {
  image?: { info?: { StudyInstanceUID?: string; strategy?: Record<string, Noted> } };
  labels?: Record<string, { info?: Noted }>;
}

export interface NextSample {
  id?: string;
  StudyInstanceUID?: string;
}

/** What it computes in the background; null: nothing. */
export interface Background {
  status?: string;
  request?: { model?: string };
  details?: string[];
}

export type Kind = 'train' | 'infer';

const PATHS: Record<Kind, string> = { train: 'train/', infer: 'batch/infer' };

export class ServedApi extends ServerApi {
  constructor(settings: ServerConnection.ISettings) {
    super(settings, 'monailabel');
  }

  async info(name: string): Promise<Info> {
    return (await this.ask<Info>(name, 'GET', 'info/')) ?? {};
  }

  async samples(name: string): Promise<Record<string, Sample>> {
    const found = await this.ask<{ objects?: Record<string, Sample> }>(name, 'GET', 'datastore/?output=all');
    return found?.objects ?? {};
  }

  background(name: string, kind: Kind): Promise<Background | null> {
    return this.ask(name, 'GET', `${PATHS[kind]}?check_if_running=true`);
  }

  async next(name: string, strategy: string): Promise<NextSample> {
    return (await this.ask<NextSample>(name, 'POST', `activelearning/${encodeURIComponent(strategy)}`, {})) ?? {};
  }

  /** The models whose trainings are recorded, scored and kept as versions. */
  async taught(name: string): Promise<string[]> {
    const { models } = await this.call<{ models: { name: string }[] }>('GET', [name, 'learning']);
    return models.map(each => each.name);
  }

  /** Have a model trained in its turn, as one of those. */
  async teach(name: string, model: string): Promise<void> {
    await this.call('POST', [name, 'learning', 'train'], { model });
  }

  /** Have MONAI Label train a model of another kind, of which no versions are kept. */
  async train(name: string, model: string): Promise<void> {
    await this.ask(name, 'POST', `train/${encodeURIComponent(model)}`, {});
  }

  /** Propose labels for all images that have none. */
  async infer(name: string, model: string, device: string): Promise<void> {
    const wanted = { device, multi_gpu: false, save_label: true, label_tag: 'original', max_workers: 1, max_batch_size: 0 };
    await this.ask(name, 'POST', `batch/infer/${encodeURIComponent(model)}?images=unlabeled`, wanted);
  }

  async stop(name: string, kind: Kind): Promise<void> {
    await this.ask(name, 'DELETE', PATHS[kind]);
  }

  /** Null where it answers that there is no such thing. */
  private async ask<T>(name: string, method: string, path: string, body?: object): Promise<T | null> {
    const init = { method, body: body && JSON.stringify(body) };
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(`${this.url(name, 'open')}/${path}`, init, this.settings);
    } catch (error) {
      throw new Unreachable(error, method !== 'GET');
    }
    if (response.status === 404 && method === 'GET') {
      return null;
    }
    const said = (await response.json().catch(() => ({}))) as T & { detail?: unknown };
    if (!response.ok) {
      throw new Error(typeof said.detail === 'string' ? said.detail : `HTTP ${response.status}`);
    }
    return said;
  }
}
