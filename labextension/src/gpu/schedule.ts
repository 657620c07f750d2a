/** When to warn and when to save, decided from the server's time. Pure. */

import type { Session } from '../api';

export interface Due {
  /** The threshold that was crossed, in milliseconds before the end; null if none. */
  warning: number | null;
  save: boolean;
}

/** Remembers what was done for which end: an extension starts it all anew. */
export class Schedule {
  /** `thresholds` in milliseconds before the end, in any order. */
  due(session: Session, thresholds: number[], now: number): Due {
    if (session.until !== this.until || session.grant !== this.grant) {
      this.until = session.until;
      this.grant = session.grant;
      this.warned = Infinity;
      this.saved = false;
    }
    if (!session.until) {
      return { warning: null, save: false };
    }
    const left = Date.parse(session.until) - now;
    const save = !this.saved && session.save_at !== null && now >= Date.parse(session.save_at);
    this.saved ||= save;
    return { warning: save || left <= 0 ? null : this.crossed(thresholds, left), save };
  }

  /** The nearest moment at which something falls due; null if nothing will. */
  next(session: Session, thresholds: number[], now: number): number | null {
    if (!session.until) {
      return null;
    }
    const end = Date.parse(session.until);
    const moments = thresholds.map(threshold => end - threshold);
    if (session.save_at) {
      moments.push(Date.parse(session.save_at));
    }
    const coming = moments.filter(moment => moment > now);
    return coming.length ? Math.min(...coming) : null;
  }

  /** Of several thresholds crossed at once only the nearest to the end counts. */
  private crossed(thresholds: number[], left: number): number | null {
    const reached = thresholds.filter(threshold => left <= threshold);
    const nearest = reached.length ? Math.min(...reached) : Infinity;
    if (nearest >= this.warned) {
      return null;
    }
    this.warned = nearest;
    return nearest;
  }

  private until: string | null = null;
  private grant = '';
  private warned = Infinity;
  private saved = false;
}
