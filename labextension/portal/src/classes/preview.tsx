/** What each date of a class would be, told before anything is booked or changed. */

import * as React from 'react';

import { ClassCheck, ClassDate } from '../../../src/api';
import { ErrorText, Preview, checkOf } from '../../../src/ui';
import { ms, span } from '../../../src/ui/time';

/** What is looked at: the dates of a new class, or what a change of its groups makes of those to come. */
type Of = 'new' | 'change';

const POSSIBLE: Record<Of, string> = { new: 'free', change: 'possible' };

function DateItem({ date, now, of }: { date: ClassDate; now: number; of: Of }): JSX.Element {
  const { allowed, refusals } = date.verdict;
  const places = Object.entries(date.nodes).map(([group, node]) => `${group} on ${node}`);
  return (
    <li data-allowed={allowed} className={allowed ? undefined : 'maia-mod-bad'}>
      <span>
        {span(ms(date.start), ms(date.end), now)}: <strong>{allowed ? POSSIBLE[of] : 'not possible'}</strong>
        {refusals.map(refusal => (
          <small key={refusal.rule}>{refusal.message}</small>
        ))}
        {allowed && places.length > 0 && <small>{places.join(', ')}</small>}
        {date.said && <small>{date.said}</small>}
      </span>
    </li>
  );
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** What the whole comes to, in a sentence. */
function summary({ faults, dates, groups }: ClassCheck, of: Of): string {
  if (faults.length > 0) {
    return faults.length === 1 ? 'One line of the list is wrong.' : `${faults.length} lines of the list are wrong.`;
  }
  if (dates.length === 0) {
    return 'No date is to come.';
  }
  const free = dates.filter(date => date.verdict.allowed).length;
  const students = groups.reduce((sum, group) => sum + group.members.length, 0);
  const whose = `for ${groups.length === 1 ? 'the one group' : `all ${groups.length} groups`} (${counted(students, 'student')})`;
  return of === 'new'
    ? `${free} of ${dates.length} dates are free ${whose}.`
    : `${free} of ${dates.length} dates to come are possible ${whose}.`;
}

export function PreviewView({ preview, now, of }: { preview: Preview<ClassCheck>; now: number; of: Of }): JSX.Element {
  const check = checkOf(preview);
  const bad = check !== null && (check.faults.length > 0 || check.dates.some(date => !date.verdict.allowed));
  const mood = bad || preview.kind === 'error' ? 'bad' : check ? 'good' : 'quiet';
  return (
    <div className={`maia-Verdict maia-mod-${mood}`}>
      <div role="status">
        {preview.kind === 'incomplete' && 'Fill in a name, the last day and the list to see every date.'}
        {preview.kind === 'asking' && !check && 'Checking every date…'}
        {preview.kind === 'error' && <ErrorText error={preview.error} />}
        {check && <strong>{summary(check, of)}</strong>}
      </div>
      {check && check.dates.length > 0 && (
        <ol className="maia-Dates" aria-label="Dates" tabIndex={0}>
          {check.dates.map(date => (
            <DateItem key={date.start} date={date} now={now} of={of} />
          ))}
        </ol>
      )}
    </div>
  );
}
