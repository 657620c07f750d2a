/** What can go wrong between the browser and the service. */

import type { Refusal, Slot } from './bookings';

/** RFC 9457 problem details: the one shape of every error of the service. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  given?: unknown;
  allowed?: unknown;
  advice?: string | null;
  refusals?: Refusal[];
  next_free?: Slot | null;
  /** With 412: what became of a thing since it was seen. */
  changes?: { field: string; was: string; now: string }[];
}

/** The service answered with an error; `message` is fit to be shown. */
export class MaiaProblem extends Error {
  /** `retryAfter`: after so many milliseconds it may be asked again; 0 if nothing was said. */
  constructor(
    readonly problem: Problem,
    readonly retryAfter = 0
  ) {
    super(problem.detail || problem.title);
    this.name = 'MaiaProblem';
  }

  get status(): number {
    return this.problem.status;
  }

  get advice(): string {
    return this.problem.advice ?? '';
  }

  get refusals(): Refusal[] {
    return this.problem.refusals ?? [];
  }

  get nextFree(): Slot | null {
    return this.problem.next_free ?? null;
  }
}

/** The service did not answer at all, or a proxy answered in its stead. */
export class Unreachable extends Error {
  /** `unsure`: a change was sent, and nobody knows whether it was made. */
  constructor(
    readonly reason: unknown,
    readonly unsure: boolean
  ) {
    super('The MAIA service does not answer.');
    this.name = 'Unreachable';
  }
}
