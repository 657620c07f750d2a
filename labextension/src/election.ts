/**
 * Which tab of this browser holds the one stream, and whose turn it is to do what only one may do at a time.
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

/** Who claims to lead, and since when: of two claims the later wins, so that exactly one tab is left. */
interface Claim {
  at: number;
  tab: number;
}

function beats(one: Claim, other: Claim): boolean {
  return one.at > other.at || (one.at === other.at && one.tab > other.tab);
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
    this.channel.onmessage = event => this.onClaim(event.data as Claim | null);
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
    window.clearTimeout(this.succession);
    const leads = this.claim !== null;
    this.claim = { at: Date.now(), tab: this.tab };
    this.channel.postMessage(this.claim);
    if (!leads) {
      this.lead();
    }
  }

  /** Another tab claims to lead, or (null) no longer does. */
  private onClaim(other: Claim | null): void {
    window.clearTimeout(this.succession);
    if (other === null) {
      // One of those left, by chance the quickest, takes the place.
      this.succession = window.setTimeout(() => this.take(), 50 + Math.random() * 500);
    } else if (this.claim && beats(this.claim, other)) {
      this.channel.postMessage(this.claim);
    } else {
      this.yieldTo();
    }
  }

  private yieldTo(): void {
    if (this.claim) {
      this.claim = null;
      this.follow();
    }
  }

  private readonly onVisible = (): void => {
    if (document.visibilityState === 'visible') {
      this.take();
    }
  };

  private readonly resign = (): void => {
    window.clearTimeout(this.succession);
    if (this.claim) {
      this.yieldTo();
      this.channel.postMessage(null);
    }
  };

  private readonly channel: BroadcastChannel;
  private readonly tab = Math.random();
  /** Of this tab, while it leads. */
  private claim: Claim | null = null;
  private succession = 0;
  private lead: () => void = () => undefined;
  private follow: () => void = () => undefined;
}

export function election(name: string): Election {
  return 'locks' in navigator ? new LockElection(name) : new VisibleElection(name);
}

/**
 * Run `action` in one tab of this browser at a time; without locks, at once. Rejects if the turn does not come within
 * `patience` milliseconds.
 */
export async function inTurn<T>(name: string, patience: number, action: () => Promise<T>): Promise<T> {
  if (!('locks' in navigator)) {
    return action();
  }
  const queue = new AbortController();
  const timer = window.setTimeout(() => queue.abort(), patience);
  return navigator.locks.request(name, { signal: queue.signal }, () => {
    window.clearTimeout(timer);
    return action();
  }) as Promise<T>;
}
