/**
 * Which tab of this browser holds the one stream.
 *
 * A browser allows six HTTP/1.1 connections per origin, so seven tabs with a stream each would hang the seventh.
 */

export interface Election {
  /** Calls `lead` when this tab becomes the leader, `follow` when it no longer is. */
  start(lead: () => void, follow: () => void): void;
  stop(): void;
}

/** By the browser's own locks: exact, also when a tab crashes. Needs a secure context (https, or loopback). */
export class LockElection implements Election {
  constructor(private readonly name: string) {}

  start(lead: () => void, follow: () => void): void {
    const held = async () => {
      lead();
      await new Promise<void>(resolve => (this.release = resolve));
      follow();
    };
    // Aborting while still in the queue rejects: that is the way out, not an error.
    navigator.locks.request(this.name, { signal: this.queue.signal }, held).catch(() => undefined);
  }

  stop(): void {
    this.queue.abort();
    this.release();
  }

  private readonly queue = new AbortController();
  private release: () => void = () => undefined;
}

/**
 * By sight, where there are no locks (plain http in a local network): the tab that was looked at last leads.
 *
 * Timers of hidden tabs are throttled to one a minute, so that an election by heartbeats would not work.
 */
export class VisibleElection implements Election {
  constructor(name: string) {
    this.channel = new BroadcastChannel(`${name}:election`);
  }

  start(lead: () => void, follow: () => void): void {
    this.lead = lead;
    this.follow = follow;
    this.channel.onmessage = event => (event.data === 'lead' ? this.yieldTo() : this.succeed());
    document.addEventListener('visibilitychange', this.onVisible);
    window.addEventListener('pagehide', this.resign);
    this.take();
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.onVisible);
    window.removeEventListener('pagehide', this.resign);
    this.resign();
    this.channel.close();
  }

  private take(): void {
    this.channel.postMessage('lead');
    if (!this.leading) {
      this.leading = true;
      this.lead();
    }
  }

  private yieldTo(): void {
    window.clearTimeout(this.succession);
    if (this.leading) {
      this.leading = false;
      this.follow();
    }
  }

  /** The leader left: one of the others, by chance the quickest, takes its place. */
  private succeed(): void {
    window.clearTimeout(this.succession);
    this.succession = window.setTimeout(() => this.take(), 50 + Math.random() * 500);
  }

  private readonly onVisible = (): void => {
    if (document.visibilityState === 'visible') {
      this.take();
    }
  };

  private readonly resign = (): void => {
    if (this.leading) {
      this.yieldTo();
      this.channel.postMessage('resigned');
    }
  };

  private readonly channel: BroadcastChannel;
  private leading = false;
  private succession = 0;
  private lead: () => void = () => undefined;
  private follow: () => void = () => undefined;
}

export function election(name: string): Election {
  return 'locks' in navigator ? new LockElection(name) : new VisibleElection(name);
}
