/** What changes a class, each with what will happen before it does. */

import * as React from 'react';

import { Class, MaiaProblem, RosterFault } from '../../../src/api';
import { Dialog, ErrorText, checkOf, usePreview, useNow } from '../../../src/ui';
import { MINUTE, span } from '../../../src/ui/time';
import { useServices } from '../services';
import { useSay } from '../toast';
import { ShownDate, datesOf } from './details';
import { names } from './newClass';
import { PreviewView } from './preview';
import { RosterField, StrangeStaff } from './roster';

const DEBOUNCE = 400;

interface DialogProps {
  shown: Class;
  onDone: () => void;
  onClose: () => void;
}

/** Sends what a dialog asks for; an error stays in the dialog. */
function useSend(onDone: () => void) {
  const say = useSay();
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<unknown>(null);
  const send = async (act: () => Promise<unknown>, said: string) => {
    setBusy(true);
    setError(null);
    try {
      await act();
      say({ text: said });
      onDone();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return { busy, error, send };
}

function Failure({ error }: { error: unknown }): JSX.Element | null {
  return error === null ? null : (
    <p className="maia-Error" role="alert">
      <ErrorText error={error} />
    </p>
  );
}

/** The lines of a list that was refused. */
function faultsOf(error: unknown): RosterFault[] {
  const refusals = error instanceof MaiaProblem ? error.refusals : [];
  return refusals
    .filter(refusal => refusal.rule.startsWith('line-'))
    .map(({ rule, message, given }) => ({ line: Number(rule.slice('line-'.length)), message, given }));
}

export function ChangeClass({ shown, onDone, onClose }: DialogProps): JSX.Element {
  const { api, clock } = useServices();
  const now = useNow(clock, MINUTE);
  const [roster, setRoster] = React.useState(shown.roster);
  const [staff, setStaff] = React.useState(shown.staff.join(', '));
  const { busy, error, send } = useSend(onDone);
  const faults = faultsOf(error);
  const before = JSON.stringify([shown.roster, shown.staff]);
  const wanted = JSON.stringify([roster, names(staff)]);
  const key = roster.trim() && wanted !== before ? wanted : null;
  const ask = () => api.checkClassChange(shown.id, roster, names(staff));
  const preview = usePreview(key, ask, DEBOUNCE, check => check.hub_asked);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    void send(() => api.changeClass(shown.id, { roster, staff: names(staff) }, shown.etag), `Changed: ${shown.name}.`);
  };
  return (
    <Dialog title={`Groups and staff of ${shown.name}`} onClose={onClose}>
      <form className="maia-Form" onSubmit={submit} aria-busy={busy}>
        <p className="portal-Soft">
          A new group is booked for what is left. A group that you take out loses it. Who is no longer in a group that
          runs gives the GPU back, after the usual time to save.
        </p>
        <RosterField text={roster} faults={faults} check={checkOf(preview)} change={setRoster} />
        {key !== null && <PreviewView preview={preview} now={now} of="change" />}
        <label className="maia-Field">
          Staff (user names)
          <input value={staff} maxLength={1000} onChange={event => setStaff(event.target.value)} />
        </label>
        <StrangeStaff check={checkOf(preview)} />
        {faults.length === 0 && <Failure error={error} />}
        <div className="maia-Form-footer">
          <small />
          <button type="button" className="maia-Button" onClick={onClose}>
            Close
          </button>
          <button type="submit" className="maia-Button maia-mod-primary" disabled={busy}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface ConfirmProps {
  keep: string;
  act: string;
  busy: boolean;
  onClose: () => void;
  onAct: () => void;
}

function Confirm({ keep, act, busy, onClose, onAct }: ConfirmProps): JSX.Element {
  return (
    <div className="maia-Form-footer">
      <small />
      <button type="button" className="maia-Button" onClick={onClose}>
        {keep}
      </button>
      <button type="button" className="maia-Button maia-mod-danger" disabled={busy} onClick={onAct}>
        {act}
      </button>
    </div>
  );
}

export function CancelDate({ shown, date, now, onDone, onClose }: DialogProps & { date: ShownDate; now: number }): JSX.Element {
  const { api } = useServices();
  const { busy, error, send } = useSend(onDone);
  const act = () => void send(() => api.cancelClassDate(shown.id, date.bookings[0].start), 'Cancelled; all were told.');
  return (
    <Dialog title="Cancel this date for all groups?" onClose={onClose}>
      <p>
        {shown.name}, {span(date.start, date.end, now)}: {date.bookings.length} bookings.{' '}
        {date.start <= now && 'Servers that use them save their documents and restart without GPU. '}
        All who are in the class are told. This cannot be undone.
      </p>
      <Failure error={error} />
      <Confirm keep="Keep it" act="Cancel the date" busy={busy} onClose={onClose} onAct={act} />
    </Dialog>
  );
}

export function EndClass({ shown, now, onDone, onClose }: DialogProps & { now: number }): JSX.Element {
  const { api } = useServices();
  const [reason, setReason] = React.useState('');
  const { busy, error, send } = useSend(onDone);
  const dates = datesOf(shown.bookings, now).filter(date => date.live);
  const running = dates.filter(date => date.start <= now).length;
  const students = shown.groups.reduce((sum, group) => sum + group.members.length, 0);
  const act = () => void send(() => api.endClass(shown.id, reason), `${shown.name} has ended for all.`);
  return (
    <Dialog title={`End ${shown.name} for all?`} onClose={onClose}>
      <p>
        {running > 0 && 'The date that runs now ends: servers that use it save their documents and restart without GPU. '}
        {dates.length - running} dates to come are cancelled for all {shown.groups.length} groups. {students} students are
        told. This cannot be undone.
      </p>
      <label className="maia-Field">
        Reason (all will read it; may be left out)
        <input value={reason} maxLength={200} onChange={event => setReason(event.target.value)} />
      </label>
      <Failure error={error} />
      <Confirm keep="Keep the class" act="End for all" busy={busy} onClose={onClose} onAct={act} />
    </Dialog>
  );
}
