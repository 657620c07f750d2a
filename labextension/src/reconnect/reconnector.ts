/**
 * Coming back after the server was restarted: in place, without a reload, so that text that was not saved stays.
 *
 * The event stream of the service outlives the server, so it tells when a restart begins and when a new server has been
 * given something; only then is the server itself asked, with growing pauses, until it answers.
 */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ISignal, Signal } from '@lumino/signaling';

import type { GpuModel } from '../gpu/model';
import { hushKernels, kernelNames, renewKernels } from './kernels';
import { Answer, probe, signInAgain } from './server';
import { renewTerminals, watchTerminals } from './terminals';

/** `refused`: the server is back but this page's sign-in is gone. `stopped`: somebody stopped it for good. */
export type Phase = 'here' | 'away' | 'refused' | 'stopped';

const FIRST_PAUSE = 250;
const LAST_PAUSE = 3000;
/** After so long without a server in the service's state, it was stopped and not restarted. */
const STOPPED_AFTER = 15_000;

export class Reconnector {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly model: GpuModel
  ) {
    model.changed.connect(() => this.look());
    this.look();
  }

  get phase(): Phase {
    return this._phase;
  }

  get changed(): ISignal<this, Phase> {
    return this._changed;
  }

  /** The connection was lost, whoever noticed. */
  lost(): void {
    if (this._phase === 'here') {
      void this.comeBack();
    }
  }

  /** Try again now, after a stop. */
  again(): void {
    if (this._phase === 'stopped') {
      void this.comeBack();
    }
  }

  /** The stream knows of a restart before the connection breaks, and of one that went unnoticed. */
  private look(): void {
    const session = this.model.session;
    if (!session) {
      return;
    }
    const known = this.grant === null || this.grant === session.grant;
    this.grant = session.grant;
    this.settled = session.ending ? this.settled : session.grant;
    if (this._phase === 'away' && !known) {
      this.hurry();
    } else if (this._phase !== 'away' && (!known || this.isOld())) {
      void this.comeBack();
    }
  }

  private async comeBack(): Promise<void> {
    this.names = kernelNames(this.app);
    this.enter('away');
    const since = this.model.clock.now();
    this.pause = FIRST_PAUSE;
    while (!this.isStopped(since)) {
      const answer = this.isOld() ? 'away' : await this.ask();
      if (answer === 'here' && (await this.renewed())) {
        return this.enter('here');
      }
      if (answer === 'refused') {
        return this.enter('refused');
      }
      await this.wait();
    }
    this.enter('stopped');
  }

  /** A server that refuses this page may only want it to sign in again, which needs no click. */
  private async ask(): Promise<Answer> {
    const { serverSettings } = this.app.serviceManager;
    const answer = await probe(serverSettings);
    if (answer !== 'refused') {
      return answer;
    }
    await signInAgain(serverSettings);
    return probe(serverSettings);
  }

  /** The service has announced a restart but no new server yet: an answer would come from the old one. */
  private isOld(): boolean {
    const { session, status } = this.model;
    return status.health === 'live' && session?.ending === true && session.grant === this.settled;
  }

  private isStopped(since: number): boolean {
    const gone = this.model.status.health === 'live' && this.model.session === null;
    return gone && this.model.clock.now() - since > STOPPED_AFTER;
  }

  private async renewed(): Promise<boolean> {
    try {
      await renewTerminals(this.app);
      const names = new Map([...kernelNames(this.app), ...this.names]);
      await renewKernels(this.app, names);
      return true;
    } catch {
      return false; // a question of before, that went to nobody, was answered only now; or the server went again
    }
  }

  private enter(phase: Phase): void {
    this._phase = phase;
    watchTerminals(this.app.serviceManager, phase === 'here');
    hushKernels(this.app, phase !== 'here');
    this._changed.emit(phase);
  }

  // ---- pauses

  private wait(): Promise<void> {
    const pause = this.pause;
    this.pause = Math.min(pause * 1.3, LAST_PAUSE);
    return new Promise(resolve => {
      this.wake = resolve;
      window.setTimeout(resolve, pause);
    });
  }

  /** A new server is being started: ask often from now on. */
  private hurry(): void {
    this.pause = FIRST_PAUSE;
    this.wake();
  }

  private readonly _changed = new Signal<this, Phase>(this);
  private _phase: Phase = 'here';
  /** The grant of the server now, and the last one that was in force with no restart announced. */
  private grant: string | null = null;
  private settled: string | null = null;
  private names: ReturnType<typeof kernelNames> = new Map();
  private pause = FIRST_PAUSE;
  private wake: () => void = () => undefined;
}
