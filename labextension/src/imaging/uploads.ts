/** Files of a person's own machine on their way to the server; there they are sent on together. No DOM but its files. */

import { Signal } from '@lumino/signaling';

import type { ImagesApi } from './api';
import type { ImagesModel } from './model';
import type { Sent } from './records';

const IN_FLIGHT = 3;

export interface Brought {
  /** With its folders, as it was dropped. */
  name: string;
  file: File;
}

export interface Upload {
  files: number;
  done: number;
  bytes: number;
  total: number;
  stop: () => void;
}

export class Uploads {
  constructor(
    private readonly api: ImagesApi,
    private readonly model: ImagesModel
  ) {}

  readonly changed = new Signal<this, void>(this);
  readonly running = new Set<Upload>();

  /** Bring files to the server, then let it send them; what was brought is forgotten if it stops on the way. */
  async send(files: Brought[]): Promise<Sent> {
    const { id } = await this.api.upload();
    const stopping = new AbortController();
    const upload: Upload = {
      files: files.length,
      done: 0,
      bytes: 0,
      total: files.reduce((sum, each) => sum + each.file.size, 0),
      stop: () => stopping.abort()
    };
    this.running.add(upload);
    try {
      await this.bring(id, [...files], upload, stopping);
    } catch (error) {
      stopping.abort();
      void this.api.forgetUpload(id).catch(() => undefined);
      throw error;
    } finally {
      this.running.delete(upload);
      this.tell(true);
    }
    return this.model.sendUpload(id);
  }

  private async bring(id: string, waiting: Brought[], upload: Upload, stopping: AbortController): Promise<void> {
    const lane = async () => {
      for (let next = waiting.shift(); next && !stopping.signal.aborted; next = waiting.shift()) {
        let through = 0;
        await this.api.file(id, next.name, next.file, bytes => {
          upload.bytes += bytes - through;
          through = bytes;
          this.tell();
        }, stopping.signal);
        upload.done += 1;
        this.tell();
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    if (stopping.signal.aborted) {
      throw new DOMException('', 'AbortError');
    }
  }

  /** Not for every piece of a file. */
  private tell(now = false): void {
    if (now || performance.now() - this.told > 100) {
      this.told = performance.now();
      this.changed.emit();
    }
  }

  private told = 0;
}
