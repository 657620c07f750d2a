/** What each date of a class would be, told before anything is booked. */

import * as React from 'react';

import { ClassCheck } from '../../../src/api';
import { ErrorText, Preview, checkOf } from '../../../src/ui';
import { ms, span } from '../../../src/ui/time';

function Dates({ check, now }: { check: ClassCheck; now: number }): JSX.Element {
  return (
    <ol className="maia-Dates" aria-label="Dates" tabIndex={0}>
      {check.dates.map(date => (
        <li key={date.start} data-allowed={date.verdict.allowed} className={date.verdict.allowed ? undefined : 'maia-mod-bad'}>
          <span>
            {span(ms(date.start), ms(date.end), now)}: <strong>{date.verdict.allowed ? 'free' : 'not possible'}</strong>
            {date.verdict.refusals.map(refusal => (
              <small key={refusal.rule}>{refusal.message}</small>
            ))}
            {date.verdict.allowed && (
              <small>
                {Object.entries(date.nodes)
                  .map(([group, node]) => `${group} on ${node}`)
                  .join(', ')}
              </small>
            )}
            {date.said && <small>{date.said}</small>}
          </span>
        </li>
      ))}
    </ol>
  );
}

export function PreviewView({ preview, now }: { preview: Preview<ClassCheck>; now: number }): JSX.Element {
  const check = checkOf(preview);
  const error = preview.kind === 'error' ? preview.error : null;
  const free = check?.dates.filter(date => date.verdict.allowed).length ?? 0;
  const students = check?.groups.reduce((sum, group) => sum + group.members.length, 0) ?? 0;
  const bad = error !== null || (check !== null && (check.faults.length > 0 || free < check.dates.length));
  const mood = bad ? 'bad' : check ? 'good' : 'quiet';
  return (
    <div className={`maia-Verdict maia-mod-${mood}`}>
      <div role="status">
        {preview.kind === 'incomplete' && 'Fill in a name, the last day and the list to see every date.'}
        {preview.kind === 'asking' && !check && 'Checking every date…'}
        {error !== null && <ErrorText error={error} />}
        {check && check.faults.length > 0 && <strong>{check.faults.length} lines of the list are wrong.</strong>}
        {check && check.faults.length === 0 && (
          <strong>
            {free} of {check.dates.length} dates are free for all {check.groups.length} groups ({students} students).
          </strong>
        )}
      </div>
      {check && check.dates.length > 0 && <Dates check={check} now={now} />}
    </div>
  );
}
