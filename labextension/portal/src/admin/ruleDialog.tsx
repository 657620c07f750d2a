/** Changing a policy or quotas: tried on what was booked before it holds, and never over another one's change unseen. */

import * as React from 'react';

import { RuleChange, RuleKind, RuleOf, Trial } from '../../../src/api';
import { Dialog, ErrorText, useNow } from '../../../src/ui';
import { isStale } from '../../../src/ui/conflict';
import { MINUTE, moment, ms, span } from '../../../src/ui/time';
import { useServices } from '../services';
import { Limit, LimitField, POLICY_LIMITS, QUOTA_LIMITS, Terms, Value } from './limits';

/** On how many days a rule is tried. */
const DAYS = 30;
/** How many of the refused bookings are shown. */
const SHOWN = 10;

export interface Changing {
  kind: RuleKind;
  rule: RuleOf<unknown>;
  /** The project is still to be named. */
  fresh: boolean;
}

function Outcome({ trial }: { trial: Trial }): JSX.Element {
  const { clock } = useServices();
  const now = useNow(clock, MINUTE);
  const { bookings, refused, refused_before: before, rules, examples } = trial;
  const some = refused === 1 ? '1 would have been refused' : `${refused || 'none'} would have been refused`;
  return (
    <div className="portal-Effect" role="status">
      <p>
        Of {bookings} {bookings === 1 ? 'booking' : 'bookings'} made since {moment(ms(trial.since), now)}, {some}
        {before > 0 && ` (${before} of them by the present rules, too)`}.
      </p>
      {refused > 0 && (
        <p className="portal-Soft">
          {Object.entries(rules)
            .map(([rule, count]) => `${rule}: ${count}`)
            .join(' · ')}
        </p>
      )}
      {examples.length > 0 && (
        <details>
          <summary>Which</summary>
          <ul>
            {examples.slice(0, SHOWN).map(({ booking, refusals }) => (
              <li key={booking.id}>
                {booking.user}, {booking.gpus} × {booking.product}, {span(ms(booking.start), ms(booking.end), now)}:{' '}
                {refusals.map(refusal => refusal.message).join(' ')}
              </li>
            ))}
          </ul>
          {refused - before > SHOWN && <p>The latest {Math.min(SHOWN, examples.length)}.</p>}
        </details>
      )}
    </div>
  );
}

/** What is sent: words without blanks around them, and no limit where nothing was typed. */
function cleaned(terms: Terms, limits: Limit[]): Terms {
  const words = (value: Value) => (Array.isArray(value) ? value.map(word => word.trim()).filter(Boolean) : value);
  return { ...terms, ...Object.fromEntries(limits.map(({ name }) => [name, words(terms[name] ?? null)])) };
}

export function RuleDialog({ changing, onClose }: { changing: Changing; onClose: (changed: boolean) => void }): JSX.Element {
  const { api } = useServices();
  const { kind, rule, fresh } = changing;
  const limits = kind === 'policy' ? POLICY_LIMITS : QUOTA_LIMITS;
  const [terms, setTerms] = React.useState<Terms>((rule.terms as Terms | null) ?? {});
  const [project, setProject] = React.useState(rule.project ?? '');
  const [reason, setReason] = React.useState('');
  const [trial, setTrial] = React.useState<Trial | null>(null);
  const [error, setError] = React.useState<unknown>(null);
  const [busy, setBusy] = React.useState(false);
  const form = React.useRef<HTMLFormElement>(null);
  const change = (reset: boolean) =>
    ({ project: fresh ? project.trim() : rule.project, terms: reset ? null : cleaned(terms, limits) }) as RuleChange;
  const run = async (act: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const attempt = () =>
    run(async () => {
      setTrial(null);
      setTrial(await api.tryRule(kind, change(false), DAYS));
    });
  const save = (reset: boolean) =>
    run(async () => {
      await api.changeRule(kind, change(reset), reason, rule.etag);
      onClose(true);
    });
  /** Only if the form is filled in as the browser asks. */
  const whenValid = (act: () => Promise<void>) => () => void (form.current?.reportValidity() && act());
  const whose = fresh ? 'a project' : (rule.project ?? 'all projects');
  return (
    <Dialog title={`${kind === 'policy' ? 'Policy of' : 'Quotas of'} ${whose}`} onClose={() => onClose(isStale(error))}>
      <form
        ref={form}
        onSubmit={event => {
          event.preventDefault();
          void save(false);
        }}
      >
        {fresh && (
          <label className="maia-Field">
            Project
            <input required maxLength={63} value={project} onChange={event => setProject(event.target.value)} />
          </label>
        )}
        <div className="portal-Limits">
          {limits.map(limit => (
            <LimitField
              key={limit.name}
              limit={limit}
              value={terms[limit.name] ?? null}
              onChange={value => {
                setTrial(null);
                setTerms({ ...terms, [limit.name]: value });
              }}
            />
          ))}
        </div>
        <label className="maia-Field">
          Reason (it stands in the audit log)
          <input required maxLength={200} value={reason} onChange={event => setReason(event.target.value)} />
        </label>
        {trial && <Outcome trial={trial} />}
        {error !== null && <ErrorText error={error} />}
        <p className="portal-Soft">What is booked already stays.</p>
        <div className="portal-RuleButtons">
          <button type="button" className="maia-Button" disabled={busy} onClick={() => void attempt()}>
            Try on the last {DAYS} days
          </button>
          <button type="submit" className="maia-Button maia-mod-primary" disabled={busy}>
            Save
          </button>
          {rule.changed && (
            <button type="button" className="maia-Button" disabled={busy} onClick={whenValid(() => save(true))}>
              Back to the settings
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
