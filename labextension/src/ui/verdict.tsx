/** Would the service accept this booking? Asked while the form is being filled in. */

import * as React from 'react';

import { Api, MaiaProblem, Slot, Verdict } from '../api';
import { Clock } from '../clock';
import { Draft, requestOf } from './draft';
import { ErrorText, Refusals } from './errors';
import { useTrans } from './text';
import { duration, span } from './time';

export type Answer =
  | { kind: 'incomplete' }
  | { kind: 'asking' }
  | { kind: 'verdict'; verdict: Verdict }
  | { kind: 'error'; error: unknown };

/** Long enough to type a digit, short enough to feel live. */
const DEBOUNCE = 250;
const UNSETTLED: Draft = { pool: '', gpus: 1, start: NaN, end: NaN, immediate: false, project: '', note: '' };

/** A bad request is an answer too: its refusals are shown like those of a verdict. */
function answerOf(error: unknown): Answer {
  if (error instanceof MaiaProblem && error.refusals.length) {
    const { refusals, nextFree } = error;
    return { kind: 'verdict', verdict: { allowed: false, node: null, refusals, next_free: nextFree } };
  }
  return { kind: 'error', error };
}

/** Without a draft nothing is asked: it is not known yet what it is for. */
export function useAnswer(api: Api, clock: Clock, draft: Draft | null, ignore?: string): Answer {
  const [answer, setAnswer] = React.useState<Answer>({ kind: 'asking' });
  const { pool, gpus, start, end, immediate, project } = draft ?? UNSETTLED;
  const settled = draft !== null;
  React.useEffect(() => {
    if (!settled) {
      return;
    }
    const abort = new AbortController();
    const ask = async () => {
      const request = requestOf({ pool, gpus, start, end, immediate, project, note: '' }, clock.now());
      if (!request) {
        return setAnswer({ kind: 'incomplete' });
      }
      try {
        const verdict = await api.check(request, ignore, abort.signal);
        setAnswer({ kind: 'verdict', verdict });
      } catch (error) {
        if (!abort.signal.aborted) {
          setAnswer(answerOf(error));
        }
      }
    };
    const timer = window.setTimeout(() => void ask(), DEBOUNCE);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [api, clock, pool, gpus, start, end, immediate, project, ignore, settled]);
  return answer;
}

export interface VerdictViewProps {
  answer: Answer;
  draft: Draft;
  now: number;
  onStart: (start: number) => void;
  onSlot: (slot: Slot) => void;
}

/** The box under the form; it keeps its place while asking, so that nothing jumps under the pointer. */
export function VerdictView({ answer, draft, now, onStart, onSlot }: VerdictViewProps): JSX.Element {
  const trans = useTrans();
  const allowed = answer.kind === 'verdict' && answer.verdict.allowed;
  const refused = answer.kind === 'verdict' && !answer.verdict.allowed;
  const mood = allowed ? 'good' : refused || answer.kind === 'error' ? 'bad' : 'quiet';
  const length = duration(draft.end - draft.start);
  return (
    <div className={`maia-Verdict maia-mod-${mood}`} role="status" data-verdict={allowed ? 'allowed' : answer.kind}>
      {answer.kind === 'asking' && trans.__('Checking…')}
      {answer.kind === 'incomplete' && trans.__('Choose a start and an end.')}
      {answer.kind === 'error' && <ErrorText error={answer.error} />}
      {allowed && (
        <>
          <strong>{trans.__('Free.')}</strong>{' '}
          {trans.__('You can have it %1 (%2).', span(draft.start, draft.end, now), length)}
        </>
      )}
      {refused && (
        <>
          <strong>
            {answer.verdict.refusals.length ? trans.__('Not possible like this:') : trans.__('Taken at that time.')}
          </strong>
          <Refusals
            refusals={answer.verdict.refusals}
            nextFree={answer.verdict.next_free}
            now={now}
            onStart={onStart}
            onSlot={onSlot}
          />
        </>
      )}
    </div>
  );
}
