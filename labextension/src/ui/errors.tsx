/** Errors and refusals in words: what was given, what is allowed, what to do next. */

import * as React from 'react';

import { MaiaProblem, Refusal, Slot, Unreachable } from '../api';
import { useWords } from './text';
import { moment, ms, span } from './time';

export interface RefusalsProps {
  refusals: Refusal[];
  nextFree: Slot | null;
  now: number;
  onStart: (start: number) => void;
  onSlot: (slot: Slot) => void;
}

function RefusalItem({ refusal, now, onStart }: { refusal: Refusal } & Omit<RefusalsProps, 'refusals'>): JSX.Element {
  const words = useWords();
  const earliest = refusal.earliest ? ms(refusal.earliest) : null;
  return (
    <li data-rule={refusal.rule}>
      <span>{refusal.message}</span>
      {(refusal.given || refusal.limit) && (
        <small>{words.__('Given: %1. Allowed: %2.', refusal.given || '–', refusal.limit || '–')}</small>
      )}
      {earliest !== null && (
        <button type="button" className="maia-Button" onClick={() => onStart(earliest)}>
          {words.__('Use earliest: %1', moment(earliest, now))}
        </button>
      )}
    </li>
  );
}

/** Every rule that refuses, each with the start that would pass, and the next free slot. */
export function Refusals(props: RefusalsProps): JSX.Element {
  const words = useWords();
  const { nextFree, now } = props;
  return (
    <>
      <ul className="maia-Refusals">
        {props.refusals.map(refusal => (
          <RefusalItem key={refusal.rule + refusal.message} refusal={refusal} {...props} />
        ))}
      </ul>
      {nextFree && (
        <button type="button" className="maia-Button" onClick={() => props.onSlot(nextFree)}>
          {words.__('Use next free: %1', span(ms(nextFree.start), ms(nextFree.end), now))}
        </button>
      )}
    </>
  );
}

/** An error that no field can mend. */
export function ErrorText({ error }: { error: unknown }): JSX.Element {
  const words = useWords();
  if (error instanceof Unreachable) {
    return <span>{words.__('The service does not answer. Nothing was changed; please try again in a moment.')}</span>;
  }
  if (error instanceof MaiaProblem) {
    return (
      <span>
        {error.message} {error.refusals.map(refusal => refusal.message).join(' ')} {error.advice}
      </span>
    );
  }
  return <span>{String(error)}</span>;
}
