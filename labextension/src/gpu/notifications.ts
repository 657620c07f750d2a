/** Warnings before the end, saving at the end, and what the service has to tell. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

import { Notice, QueuePlace, Session, WaitlistEntry } from '../api';
import { CommandIDs } from '../tokens';
import { localised } from '../ui/errors';
import { MINUTE, clockTime, duration, ms } from '../ui/time';
import type { Actions } from './actions';
import type { GpuModel } from './model';
import { saveAll } from './saving';
import { Schedule } from './schedule';

/** A timer that is set for later is looked at again after so long: clocks move, laptops sleep. */
const LONGEST = 30_000;
/** A document that is not saved after so long is named as not saved. */
const SAVING = 10_000;

export class Notifier {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly documents: IDocumentManager,
    private readonly model: GpuModel,
    private readonly actions: Actions,
    private readonly settings: ISettingRegistry.ISettings | null,
    private readonly trans: TranslationBundle
  ) {
    model.changed.connect(() => this.look());
    settings?.changed.connect(() => this.look());
    this.look();
  }

  /** Minutes of the user if she set them, else the site's seconds; both as milliseconds. */
  private get thresholds(): number[] {
    const own = this.settings?.user.warningTimes as number[] | undefined;
    if (own !== undefined) {
      return own.map(minutes => minutes * MINUTE);
    }
    return (this.model.state?.warnings ?? []).map(seconds => seconds * 1000);
  }

  private look(): void {
    window.clearTimeout(this.timer);
    this.tellNotices();
    const session = this.model.session;
    if (!session) {
      return;
    }
    const now = this.model.clock.now();
    const due = this.schedule.due(session, this.thresholds, now);
    this.clearOldWarning(session);
    if (due.warning !== null) {
      this.warn(session);
    }
    if (due.save) {
      void this.save();
    }
    const next = this.schedule.next(session, this.thresholds, now);
    if (next !== null) {
      this.timer = window.setTimeout(() => this.look(), Math.min(LONGEST, Math.max(20, next - now)));
    }
  }

  private warn(session: Session): void {
    const until = ms(session.until as string);
    const left = duration(this.model.clock.until(until));
    let text = this.trans.__('Your GPU time ends at %1, in %2.', clockTime(until), left);
    if (session.kind === 'opportunistic') {
      text = this.trans.__('The GPU you borrow is needed at %1, in %2. Your server then goes on on CPU.', clockTime(until), left);
    } else if (session.fixed) {
      text = this.trans.__('This server ends at %1, in %2. If your booking goes on, it is then restarted with the GPU.', clockTime(until), left);
    }
    this.dismissWarning();
    this.warnedUntil = session.until;
    this.warning = Notification.warning(text, { autoClose: false, actions: this.warningActions(session) });
  }

  private warningActions(session: Session): Notification.IAction[] {
    const run = (command: string) => () => void this.app.commands.execute(command);
    const release: Notification.IAction = {
      label: this.trans.__('Release now'),
      callback: run(CommandIDs.release)
    };
    if (!session.booking) {
      return [{ label: this.trans.__('Book a GPU'), callback: run(CommandIDs.book) }, release];
    }
    if (session.fixed) {
      return [{ label: this.trans.__('Open the calendar'), callback: run(CommandIDs.calendar) }, release];
    }
    return [
      { label: this.trans.__('Extend'), displayType: 'accent', callback: run(CommandIDs.extend) },
      release
    ];
  }

  private clearOldWarning(session: Session): void {
    if (this.warnedUntil !== null && this.warnedUntil !== session.until) {
      this.dismissWarning();
    }
  }

  private dismissWarning(): void {
    if (this.warning) {
      Notification.dismiss(this.warning);
    }
    this.warning = '';
    this.warnedUntil = null;
  }

  private async save(): Promise<void> {
    if (this.settings?.composite.saveBeforeEnd === false) {
      return;
    }
    const { saved, failed } = await saveAll(this.app, this.documents, SAVING);
    if (failed.length) {
      Notification.error(
        this.trans.__('Could not be saved: %1. The text stays in this tab; save it again after the restart.', failed.join(', ')),
        { autoClose: false }
      );
    } else if (saved.length) {
      Notification.success(this.trans._n('%1 document was saved.', '%1 documents were saved.', saved.length), {
        autoClose: 5000
      });
    }
  }

  // ---- what the service has to tell

  private tellNotices(): void {
    const notices = this.model.notices.filter(
      notice => notice.kind !== 'switch' || this.settings?.composite.offerSwitch !== false
    );
    for (const notice of notices) {
      if (!this.told.has(notice.id)) {
        this.told.set(notice.id, this.tell(notice));
      }
    }
    const open = new Set(this.model.notices.map(notice => notice.id));
    for (const [id, notification] of this.told) {
      if (this.model.state && !open.has(id)) {
        Notification.dismiss(notification);
        this.told.delete(id);
      }
    }
  }

  private tell(notice: Notice): string {
    const text = `${this.trans.__(notice.title)}. ${localised(this.trans.__(notice.message), this.model.clock.now())}`;
    const dismiss = () => void this.model.api.dismiss(notice.id).catch(() => undefined);
    const run = (command: string) => () => {
      dismiss();
      void this.app.commands.execute(command);
    };
    if (notice.kind === 'switch') {
      return Notification.info(text, {
        autoClose: false,
        actions: [
          { label: this.trans.__('Switch to GPU now'), displayType: 'accent', callback: run(CommandIDs.switchNow) },
          { label: this.trans.__('Later'), callback: dismiss }
        ]
      });
    }
    if (notice.kind === 'unused') {
      return Notification.warning(text, {
        autoClose: false,
        actions: [
          { label: this.trans.__('Switch to GPU now'), displayType: 'accent', callback: run(CommandIDs.switchNow) },
          { label: this.trans.__('Understood'), callback: dismiss }
        ]
      });
    }
    if (notice.kind === 'idle' || notice.kind === 'endangered') {
      return Notification.warning(text, { autoClose: false, actions: this.bookingActions(notice, dismiss) });
    }
    if (notice.kind === 'offer') {
      return Notification.info(text, { autoClose: false, actions: this.offerActions(notice) });
    }
    if (notice.kind === 'waitlist-offer') {
      return Notification.info(text, { autoClose: false, actions: this.timeActions(notice) });
    }
    const actions: Notification.IAction[] = [{ label: this.trans.__('Understood'), callback: dismiss }];
    if (!['respawned', 'lost', 'waiting', 'waitlist', 'info'].includes(notice.kind)) {
      actions.unshift({ label: this.trans.__('Book a GPU'), displayType: 'accent', callback: run(CommandIDs.book) });
    }
    const type = ['respawned', 'waiting', 'waitlist', 'info'].includes(notice.kind) ? 'info' : 'warning';
    return Notification.emit(text, type, { autoClose: false, actions });
  }

  private bookingActions(notice: Notice, dismiss: () => void): Notification.IAction[] {
    const booking = notice.booking;
    if (!booking) {
      return [{ label: this.trans.__('Understood'), callback: dismiss }];
    }
    if (notice.kind === 'idle') {
      return [
        { label: this.trans.__('Keep it'), displayType: 'accent', callback: () => void this.actions.keep(booking) },
        { label: this.trans.__('Release it'), callback: () => void this.app.commands.execute(CommandIDs.release) }
      ];
    }
    return [
      {
        label: this.trans.__('Move it to the next free time'),
        displayType: 'accent',
        callback: () => void this.actions.moveToNextSlot(booking)
      },
      { label: this.trans.__('Understood'), callback: dismiss }
    ];
  }

  private offerActions(notice: Notice): Notification.IAction[] {
    const place = () => this.model.places.find(each => each.notice === notice.id);
    const act = (action: (place: QueuePlace) => Promise<void>) => () => {
      const found = place();
      if (found) {
        void action(found);
      }
    };
    return [
      {
        label: this.trans.__('Restart with the GPU'),
        displayType: 'accent',
        callback: act(found => this.actions.take(found))
      },
      { label: this.trans.__('Not now'), callback: act(found => this.actions.leave(found)) }
    ];
  }

  /** For time that has come free for who waited for it. */
  private timeActions(notice: Notice): Notification.IAction[] {
    const act = (action: (entry: WaitlistEntry) => Promise<void>) => () => {
      const found = this.model.state?.waitlist.find(each => each.notice === notice.id);
      if (found) {
        void action(found);
      }
    };
    return [
      { label: this.trans.__('Take it'), displayType: 'accent', callback: act(found => this.actions.acceptWish(found)) },
      { label: this.trans.__('Not now'), callback: act(found => this.actions.declineWish(found)) }
    ];
  }

  private readonly schedule = new Schedule();
  private readonly told = new Map<number, string>();
  private timer = 0;
  private warning = '';
  private warnedUntil: string | null = null;
}
