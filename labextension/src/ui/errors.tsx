/** Errors and refusals in words: what was given, what is allowed, what to do next. */

import * as React from 'react';

import { MaiaProblem, Refusal, Slot, Unreachable } from '../api';
import { useTrans } from './text';
import { moment, ms, span } from './time';
import type { Words } from './words';

/** The service writes its moments in UTC; people read them in their own zone, with the date where `now` is not known. */
export function localised(text: string, now = NaN): string {
  const inUtc = /(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}) UTC/g;
  return text.replace(inUtc, (_, day: string, time: string) => moment(ms(`${day}T${time}Z`), now));
}

export interface RefusalsProps {
  refusals: Refusal[];
  nextFree: Slot | null;
  now: number;
  onStart: (start: number) => void;
  onSlot: (slot: Slot) => void;
}

function RefusalItem({ refusal, now, onStart }: { refusal: Refusal } & Omit<RefusalsProps, 'refusals'>): JSX.Element {
  const trans = useTrans();
  const earliest = refusal.earliest ? ms(refusal.earliest) : null;
  return (
    <li data-rule={refusal.rule}>
      <span>{localised(refusal.message, now)}</span>
      {(refusal.given || refusal.limit) && (
        <small>{trans.__('Given: %1. Allowed: %2.', localised(refusal.given, now) || '–', localised(refusal.limit, now) || '–')}</small>
      )}
      {earliest !== null && (
        <button type="button" className="maia-Button" onClick={() => onStart(earliest)}>
          {trans.__('Use earliest: %1', moment(earliest, now))}
        </button>
      )}
    </li>
  );
}

/** Every rule that refuses, each with the start that would pass, and the next free slot. */
export function Refusals(props: RefusalsProps): JSX.Element {
  const trans = useTrans();
  const { nextFree, now } = props;
  // A rule may already offer that very start.
  const offered = props.refusals.some(({ earliest }) => earliest && nextFree && ms(earliest) === ms(nextFree.start));
  return (
    <>
      {props.refusals.length > 0 && (
        <ul className="maia-Refusals">
          {props.refusals.map(refusal => (
            <RefusalItem key={refusal.rule + refusal.message} refusal={refusal} {...props} />
          ))}
        </ul>
      )}
      {nextFree && !offered && (
        <button type="button" className="maia-Button" onClick={() => props.onSlot(nextFree)}>
          {trans.__('Use next free: %1', span(ms(nextFree.start), ms(nextFree.end), now))}
        </button>
      )}
    </>
  );
}

/** What the service says, in one paragraph. */
export function problemText(problem: MaiaProblem): string {
  const parts = [problem.message, ...problem.refusals.map(refusal => refusal.message), problem.advice];
  // A refusal may be the message itself.
  return localised([...new Set(parts)].filter(part => part).join(' '));
}

/** An error that no field can mend, in words. */
export function errorText(trans: Words, error: unknown): string {
  if (error instanceof Unreachable) {
    return error.unsure
      ? trans.__('The service did not answer, so it is not known whether this was done. Look before you try again.')
      : trans.__('The service does not answer. Please try again in a moment.');
  }
  if (error instanceof MaiaProblem) {
    return problemText(error);
  }
  return error instanceof Error ? error.message : String(error);
}

export function ErrorText({ error }: { error: unknown }): JSX.Element {
  return <span>{errorText(useTrans(), error)}</span>;
}
