/**
 * A clock that is right when the browser's is not: the server's time, carried on by the browser's monotonic timer.
 */

/** Below this many milliseconds a reading that lags is a late message, not a clock that was set back. */
const LATE = 2000;

export class Clock {
  constructor(private readonly monotonic: () => number = () => performance.now()) {}

  /** True once the server's time is known; before that, the browser's own is used. */
  get synced(): boolean {
    return this.offset !== null;
  }

  /**
   * Learn the server's time (ISO text or milliseconds since 1970).
   *
   * A message can only arrive late, so of two close readings the later time is the better one.
   */
  sync(serverNow: string | number): void {
    const server = typeof serverNow === 'number' ? serverNow : Date.parse(serverNow);
    if (!Number.isFinite(server)) {
      return;
    }
    const offset = server - this.monotonic();
    if (this.offset === null || offset > this.offset || this.offset - offset > LATE) {
      this.offset = offset;
    }
  }

  /** Milliseconds since 1970, as the server counts them. */
  now(): number {
    return this.offset === null ? Date.now() : this.monotonic() + this.offset;
  }

  /** Milliseconds until `time` (negative once it has passed). */
  until(time: string | number): number {
    return (typeof time === 'number' ? time : Date.parse(time)) - this.now();
  }

  private offset: number | null = null;
}
