/** Small pictures of series, kept in memory alone: no cache of the browser gets to see them. */

import type { ImagesApi } from './api';

const KEPT = 300;

export class Thumbnails {
  constructor(private readonly api: ImagesApi) {}

  /** The address of a picture that is here already. */
  known(series: string): string | undefined {
    return this.urls.get(series);
  }

  /** Fetch a picture; its address is good until many others have come. */
  async fetch(study: string, series: string): Promise<string> {
    const known = this.urls.get(series);
    if (known) {
      return known;
    }
    const url = URL.createObjectURL(await this.api.thumbnail(study, series));
    this.urls.set(series, url);
    for (const [oldest, its] of this.urls) {
      if (this.urls.size <= KEPT) {
        break;
      }
      URL.revokeObjectURL(its);
      this.urls.delete(oldest);
    }
    return url;
  }

  private readonly urls = new Map<string, string>();
}
