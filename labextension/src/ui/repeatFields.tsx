/** Repeating in the booking form: how often, until when, and every date with its verdict before anything is booked. */

import * as React from 'react';

import { Api, SeriesCheck, SeriesDate } from '../api';
import { Clock } from '../clock';
import { Draft, requestOf } from './draft';
import { ErrorText, localised } from './errors';
import { Preview, checkOf, usePreview } from './preview';
import { Every, Repeat, dayOf, seriesOf } from './repeat';
import { useTrans } from './text';
import { ms, span } from './time';

export interface RepeatFieldsProps {
  repeat: Repeat;
  draft: Draft;
  change: (repeat: Repeat) => void;
}

export function RepeatFields({ repeat, draft, change }: RepeatFieldsProps): JSX.Element {
  const trans = useTrans();
  const choices: [Every, string][] = [
    ['never', trans.__('Does not repeat')],
    ['day', trans.__('Every day')],
    ['workday', trans.__('Every working day')],
    ['week', trans.__('Every week')],
    ['fortnight', trans.__('Every two weeks')]
  ];
  const repeats = repeat.every !== 'never';
  return (
    <div className="maia-Form-row">
      <label className="maia-Field maia-mod-grow">
        {trans.__('Repeat')}
        <select
          name="repeat"
          value={repeat.every}
          onChange={e => change({ ...repeat, every: e.target.value as Every })}
        >
          {choices.map(([every, text]) => (
            <option key={every} value={every}>
              {text}
            </option>
          ))}
        </select>
      </label>
      {repeats && (
        <label className="maia-Field maia-mod-grow">
          {trans.__('Until')}
          <input
            type="date"
            name="until"
            required
            min={Number.isFinite(draft.start) ? dayOf(draft.start) : undefined}
            value={repeat.until}
            onChange={e => change({ ...repeat, until: e.target.value })}
          />
        </label>
      )}
      {repeats && (
        <label className="maia-Field maia-mod-grow">
          {trans.__('If some dates are taken')}
          <select
            name="partly"
            value={repeat.partly ? 'partly' : 'all'}
            onChange={e => change({ ...repeat, partly: e.target.value === 'partly' })}
          >
            <option value="all">{trans.__('Book none')}</option>
            <option value="partly">{trans.__('Book the others')}</option>
          </select>
        </label>
      )}
    </div>
  );
}

const DEBOUNCE = 300;

/** Asks of every date whether it could be booked, while the form is being filled in. */
export function useDates(api: Api, clock: Clock, draft: Draft | null, repeat: Repeat): Preview<SeriesCheck> {
  const request = draft && seriesOf(requestOf(draft, clock.now()), repeat);
  // "Now" moves on with every look at the clock, and the note does not matter.
  const key = request && JSON.stringify({ ...request, note: '', ...(draft?.immediate ? { start: 0, end: 0 } : {}) });
  return usePreview(key, () => api.checkSeries(request!), DEBOUNCE);
}

interface DateItemProps {
  date: SeriesDate;
  now: number;
  onSkip: (day: string) => void;
}

function DateItem({ date, now, onSkip }: DateItemProps): JSX.Element {
  const trans = useTrans();
  const { allowed, refusals } = date.verdict;
  const when = span(ms(date.start), ms(date.end), now);
  return (
    <li data-allowed={allowed} className={allowed ? undefined : 'maia-mod-bad'}>
      <span>
        {when}: <strong>{allowed ? trans.__('free') : trans.__('not possible')}</strong>
        {refusals.map(refusal => (
          <small key={refusal.rule}>{localised(refusal.message, now)}</small>
        ))}
        {date.said && <small>{date.said}</small>}
      </span>
      <button
        type="button"
        className="maia-Chip"
        aria-label={trans.__('Leave out %1', when)}
        onClick={() => onSkip(dayOf(ms(date.start)))}
      >
        {trans.__('Leave out')}
      </button>
    </li>
  );
}

export interface PreviewViewProps {
  preview: Preview<SeriesCheck>;
  repeat: Repeat;
  now: number;
  change: (repeat: Repeat) => void;
}

/** The summary is told to screen readers when it changes; the dates are a list to be gone through. */
export function PreviewView({ preview, repeat, now, change }: PreviewViewProps): JSX.Element {
  const trans = useTrans();
  const list = React.useRef<HTMLOListElement>(null);
  const dates = checkOf(preview)?.dates ?? [];
  const skip = (day: string) => {
    list.current?.focus();
    change({ ...repeat, skip: [...repeat.skip, day].sort() });
  };
  const free = dates.filter(date => date.verdict.allowed).length;
  const mood = preview.kind === 'error' || free < dates.length ? 'bad' : dates.length ? 'good' : 'quiet';
  return (
    <div className={`maia-Verdict maia-mod-${mood}`} data-preview={preview.kind}>
      <div role="status">
        {preview.kind === 'incomplete' && trans.__('Choose the day until which it repeats.')}
        {preview.kind === 'asking' && trans.__('Checking every date…')}
        {preview.kind === 'error' && <ErrorText error={preview.error} />}
        {preview.kind === 'checked' && <strong>{trans.__('%1 of %2 dates are free.', free, dates.length)}</strong>}
      </div>
      {dates.length > 0 && (
        <ol ref={list} className="maia-Dates" aria-label={trans.__('Dates')} tabIndex={0}>
          {dates.map(date => (
            <DateItem key={date.start} date={date} now={now} onSkip={skip} />
          ))}
        </ol>
      )}
      {repeat.skip.length > 0 && (
        <p className="maia-Dates-skipped">
          {trans.__('Left out: %1.', repeat.skip.join(', '))}{' '}
          <button type="button" className="maia-Chip" onClick={() => change({ ...repeat, skip: [] })}>
            {trans.__('Put back')}
          </button>
        </p>
      )}
    </div>
  );
}
