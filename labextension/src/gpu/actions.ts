/** What a user can do about a session: extend, release, switch. Dialogs and calls, no wiring. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, InputDialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';

import { MaiaProblem, QueuePlace, Session, WaitlistEntry } from '../api';
import { problemText } from '../ui/errors';
import { fixedText } from '../ui/words';
import { HOUR, MINUTE, clockTime, duration, iso, moment, ms } from '../ui/time';
import type { GpuModel } from './model';
import { saveAll } from './saving';

const STEPS = [30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR];
/** The service takes whole moments; a booking must not reach a hair too far. */
const HAIR = 1000;

export class Actions {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly documents: IDocumentManager,
    private readonly model: GpuModel,
    private readonly trans: TranslationBundle
  ) {}

  /** Extend by `minutes`, or ask by how much. */
  async extend(minutes?: number): Promise<void> {
    const session = this.model.session;
    if (!session?.booking || !session.until) {
      return this.tell(this.trans.__('You hold no booked GPU here, so there is nothing to extend.'));
    }
    const why = this.whyNotExtend(session);
    if (why !== null) {
      return this.tell(this.trans.__('This session cannot be extended. %1', why));
    }
    const etag = this.model.booking?.etag;
    const until = minutes === undefined ? await this.askUntil(session) : ms(session.until) + minutes * MINUTE;
    if (until !== null) {
      await this.attempt(async () => {
        const booking = await this.model.api.extend(session.booking as string, iso(until), etag);
        const text = this.trans.__('Your GPU is yours until %1.', moment(ms(booking.end), this.model.clock.now()));
        Notification.success(text, { autoClose: 5000 });
      });
    }
  }

  /** Why the session cannot be extended; null if it can. */
  whyNotExtend(session: Session): string | null {
    if (session.ending) {
      return this.trans.__('It is ending already.');
    }
    if (!session.booking) {
      return this.trans.__('A borrowed GPU cannot be extended; book one.');
    }
    if (session.fixed) {
      return fixedText(this.trans);
    }
    if (session.extendable_until) {
      return null;
    }
    return session.next_holder
      ? this.trans.__('%1 has booked it next.', session.next_holder)
      : this.trans.__('The booking rules allow no later end.');
  }

  async release(): Promise<void> {
    const session = this.model.session;
    if (!session || session.kind === 'cpu') {
      return this.tell(this.trans.__('You hold no GPU here.'));
    }
    const sure = await this.confirm(
      this.trans.__('Give the GPU back now?'),
      this.trans.__(
        'Your documents are saved and your server comes back on CPU in a few seconds. ' +
          'What your kernels have in memory is lost.'
      ),
      this.trans.__('Release now')
    );
    if (sure && (await this.saved())) {
      await this.attempt(() =>
        session.booking
          ? this.model.api.release(session.booking)
          : this.model.api.switchServer(this.model.server, 'cpu')
      );
    }
  }

  async switchNow(): Promise<void> {
    const choice = this.model.session?.switch;
    if (!choice) {
      return this.tell(this.trans.__('There is no booked GPU that this server could switch to now.'));
    }
    const sure = await this.confirm(
      this.trans.__('Switch to your booked GPU now?'),
      this.trans.__(
        'Your documents are saved and your server restarts with %1 in a few seconds. ' +
          'What your kernels have in memory is lost.',
        choice.label.replace(/^Your booked /, '')
      ),
      this.trans.__('Switch now')
    );
    if (sure && (await this.saved())) {
      await this.attempt(() => this.model.api.switchServer(this.model.server, choice.key));
    }
  }

  /** Join the line for an idle GPU of a pool. */
  async wait(pool: string): Promise<void> {
    await this.attempt(() => this.model.api.joinQueue(pool, this.model.server));
  }

  /** Take what is offered: save, then let the service restart this server with the GPU. */
  async take(place: QueuePlace): Promise<void> {
    if (await this.saved()) {
      await this.attempt(() => this.model.api.acceptOffer(place.id));
    }
  }

  /** Give a place up, or turn down what is offered. */
  async leave(place: QueuePlace): Promise<void> {
    await this.attempt(() => this.model.api.leaveQueue(place.id));
  }

  /** Take the booking that is offered for a wish. */
  async acceptWish(entry: WaitlistEntry): Promise<void> {
    await this.attempt(() => this.model.api.acceptWish(entry.id));
  }

  /** Turn it down. */
  async declineWish(entry: WaitlistEntry): Promise<void> {
    await this.attempt(() => this.model.api.declineWish(entry.id));
  }

  /** Wait no longer for a time that is taken. */
  async withdrawWish(entry: WaitlistEntry): Promise<void> {
    await this.attempt(() => this.model.api.withdrawWish(entry.id));
  }

  /** Answer that a booked GPU that does little is needed. */
  async keep(booking: string): Promise<void> {
    await this.attempt(() => this.model.api.keep(booking));
  }

  /** Move a booking for which there may be no GPU to the nearest time that is as long, free and within the rules. */
  async moveToNextSlot(booking: string): Promise<void> {
    await this.attempt(async () => {
      const [slot] = await this.model.api.offers(booking);
      if (!slot) {
        return this.tell(this.trans.__('No other slot of that length is free.'));
      }
      const moved = await this.model.api.change(booking, { start: slot.start, end: slot.end });
      const start = moment(ms(moved.start), this.model.clock.now());
      Notification.success(this.trans.__('Your booking now begins %1.', start), { autoClose: 8000 });
    });
  }

  /** Save what is open here before a booking ends that this server runs by; false if that is not to go on. */
  async saveBefore(booking: string): Promise<boolean> {
    return this.model.session?.booking !== booking || this.saved();
  }

  private async askUntil(session: Session): Promise<number | null> {
    if (!session.until || !session.extendable_until) {
      return null;
    }
    const end = ms(session.until);
    const last = ms(session.extendable_until);
    const choices = STEPS.filter(step => end + step <= last).map(step => end + step);
    const longest = choices[choices.length - 1] ?? end;
    if (last - end < 8 * HOUR && (last - longest > MINUTE || longest === end)) {
      choices.push(last - HAIR > end ? last - HAIR : last);
    }
    const labels = choices.map(until =>
      this.trans.__('%1 more, until %2', duration(until - end), clockTime(until))
    );
    const answer = await InputDialog.getItem({
      title: this.trans.__('Extend your GPU time'),
      label: this.trans.__('By how much?'),
      items: labels,
      okLabel: this.trans.__('Extend')
    });
    const index = labels.indexOf(answer.value ?? '');
    return answer.button.accept && index >= 0 ? choices[index] : null;
  }

  /** Save everything; ask what to do if something could not be saved. */
  private async saved(): Promise<boolean> {
    const { failed } = await saveAll(this.app, this.documents);
    if (!failed.length) {
      return true;
    }
    return this.confirm(
      this.trans.__('Not everything could be saved'),
      this.trans.__('Not saved: %1. Its text stays in this tab as long as you keep it open.', failed.join(', ')),
      this.trans.__('Go on')
    );
  }

  private async confirm(title: string, body: string, label: string): Promise<boolean> {
    const answer = await showDialog({
      title,
      body,
      buttons: [Dialog.cancelButton({ label: this.trans.__('Cancel') }), Dialog.warnButton({ label })]
    });
    return answer.button.accept;
  }

  private async attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const text = error instanceof MaiaProblem ? problemText(error) : (error as Error).message;
      Notification.error(text, { autoClose: false });
    }
  }

  private tell(text: string): void {
    Notification.info(text, { autoClose: 8000 });
  }
}
