/** The booking form: for a new booking, and for moving one that exists. */

import * as React from 'react';

import { Api, Booking, MaiaProblem, Pool, Series, Slot, WaitlistEntry } from '../api';
import { Clock } from '../clock';
import { useNow } from './countdown';
import { Conflict, isStale, useSeen } from './conflict';
import { Draft, draftOf, requestOf, withStart } from './draft';
import { ErrorText } from './errors';
import { PoolOptions } from './poolOptions';
import { ProjectField, useProjects } from './projectField';
import { ONCE, Repeat, seriesOf } from './repeat';
import { PreviewView, RepeatFields, useDates } from './repeatFields';
import { useTrans } from './text';
import { DAY, HOUR, MINUTE, duration, fromInput, iso, ms, nextMinute, toInput, zone } from './time';
import { VerdictView, useAnswer } from './verdict';
import { WaitOffer, isTaken } from './waitlist';

export interface BookingFormProps {
  api: Api;
  clock: Clock;
  pools: Pool[];
  draft: Draft;
  /** The booking to be changed; without it, a new one is made. */
  booking?: Booking;
  /** With the series if it repeats: then the booking is the first of it. */
  onDone: (booking: Booking, series?: Series) => void;
  /** With it, a time that is taken can be waited for. */
  onWaiting?: (entry: WaitlistEntry) => void;
  onCancel: () => void;
  /** What else can be done with what is typed. */
  below?: (draft: Draft) => React.ReactNode;
}

const LENGTHS = [30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY];

type Change = (draft: Draft) => void;

function ProductFields({ pools, draft, change }: { pools: Pool[]; draft: Draft; change: Change }): JSX.Element {
  const trans = useTrans();
  const pool = pools.find(one => one.id === draft.pool);
  const most = pool?.largest_node ?? 1;
  const counts = Array.from({ length: Math.max(most, draft.gpus) }, (_, i) => i + 1);
  return (
    <div className="maia-Form-row">
      <label className="maia-Field maia-mod-grow">
        {trans.__('Product')}
        <select value={draft.pool} onChange={e => change({ ...draft, pool: e.target.value, gpus: 1 })}>
          <PoolOptions pools={pools} />
        </select>
      </label>
      <label className="maia-Field">
        {trans.__('GPUs')}
        <select value={draft.gpus} onChange={e => change({ ...draft, gpus: Number(e.target.value) })}>
          {counts.map(n => (
            <option key={n} value={n}>
              {n}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

interface TimeFieldsProps {
  draft: Draft;
  change: Change;
  clock: Clock;
  /** A booking that runs keeps its start. */
  running: boolean;
}

function TimeFields({ draft, change, clock, running }: TimeFieldsProps): JSX.Element {
  const trans = useTrans();
  const id = React.useId();
  const now = nextMinute(clock.now());
  return (
    <div className="maia-Form-row">
      <div className="maia-Field maia-mod-grow">
        <div className="maia-Field-head">
          <label htmlFor={`${id}-start`}>{trans.__('Start')}</label>
          {!running && (
            <button
              type="button"
              className="maia-Chip"
              aria-pressed={draft.immediate}
              onClick={() => change(withStart(draft, now, true))}
            >
              {trans.__('Now')}
            </button>
          )}
        </div>
        <input
          id={`${id}-start`}
          type="datetime-local"
          name="start"
          required
          disabled={running}
          value={Number.isFinite(draft.start) ? toInput(draft.start) : ''}
          onChange={e => change(withStart(draft, fromInput(e.target.value)))}
        />
      </div>
      <div className="maia-Field maia-mod-grow">
        <div className="maia-Field-head">
          <label htmlFor={`${id}-end`}>{trans.__('End')}</label>
        </div>
        <input
          id={`${id}-end`}
          type="datetime-local"
          name="end"
          required
          value={Number.isFinite(draft.end) ? toInput(draft.end) : ''}
          onChange={e => change({ ...draft, end: fromInput(e.target.value) })}
        />
      </div>
    </div>
  );
}

function LengthField({ draft, change }: { draft: Draft; change: Change }): JSX.Element {
  const trans = useTrans();
  const length = draft.end - draft.start;
  return (
    <fieldset className="maia-Lengths">
      <legend>{trans.__('Duration')}</legend>
      {LENGTHS.map(one => (
        <button
          key={one}
          type="button"
          className="maia-Chip"
          aria-pressed={length === one}
          onClick={() => change({ ...draft, end: draft.start + one })}
        >
          {duration(one)}
        </button>
      ))}
      {length > 0 && !LENGTHS.includes(length) && <span className="maia-Lengths-own">{duration(length)}</span>}
    </fieldset>
  );
}

/** Sends the draft; what was typed stays in the form whatever comes back. */
function useSubmit(props: BookingFormProps, draft: Draft, repeat: Repeat) {
  const trans = useTrans();
  const { seen, changed, look } = useSeen(props.api, props.booking);
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<unknown>(null);
  const send = async (): Promise<[Booking, Series?]> => {
    const request = requestOf(draft, props.clock.now());
    if (!request) {
      throw new Error(trans.__('Choose a start and an end.'));
    }
    if (!seen && repeat.every !== 'never') {
      const wish = seriesOf(request, repeat);
      if (!wish) {
        throw new Error(trans.__('Choose the day until which it repeats.'));
      }
      const series = await props.api.bookSeries(wish);
      return [series.bookings[0], series];
    }
    if (!seen) {
      return [await props.api.book(request)];
    }
    const start = draft.start === ms(seen.start) ? undefined : request.start;
    // Another's note is not seen, so it stays as it is.
    const note = seen.mine ? draft.note : undefined;
    return [await props.api.change(seen.id, { start, end: iso(draft.end), note }, seen.etag)];
  };
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      props.onDone(...(await send()));
    } catch (failure) {
      setError(failure);
      await look(failure).catch(setError);
      setBusy(false);
    }
  };
  return { busy, error, submit, forget: () => setError(null), stale: changed ? seen : undefined };
}

export function BookingForm(props: BookingFormProps): JSX.Element {
  const { api, clock, pools, booking, onCancel, onWaiting } = props;
  const trans = useTrans();
  const [draft, setDraft] = React.useState(props.draft);
  const [repeat, setRepeat] = React.useState(ONCE);
  const repeats = repeat.every !== 'never';
  const projects = useProjects(api);
  React.useEffect(() => {
    if (!booking && projects && projects.length > 1) {
      const known = (name: string) => projects.some(project => project.name === name);
      setDraft(before => (known(before.project) ? before : { ...before, project: projects[0].name }));
    }
  }, [booking, projects]);
  const settled = booking !== undefined || (projects !== null && (projects.length < 2 || draft.project !== ''));
  const answer = useAnswer(api, clock, settled && !repeats ? draft : null, booking?.id);
  const preview = useDates(api, clock, settled ? draft : null, repeat);
  const { busy, error, submit, forget, stale } = useSubmit(props, draft, repeat);
  const change = (next: Draft) => {
    forget();
    setDraft(next);
  };
  const changeRepeat = (next: Repeat) => {
    forget();
    setRepeat(next);
  };
  const now = useNow(clock, MINUTE);
  const onSlot = (slot: Slot) =>
    change({ ...draft, pool: slot.pool, gpus: slot.gpus, start: ms(slot.start), end: ms(slot.end), immediate: false });
  const running = booking ? ms(booking.start) <= now : false;
  // Refusals of the sent booking are the same the live verdict shows; only what it cannot know is added here.
  const told = error instanceof MaiaProblem && error.refusals.length > 0 && answer.kind === 'verdict' && !repeats;
  return (
    <form className="maia-Form" onSubmit={e => void submit(e)} aria-busy={busy}>
      {!booking && <ProductFields pools={pools} draft={draft} change={change} />}
      <TimeFields draft={draft} change={change} clock={clock} running={running} />
      <LengthField draft={draft} change={change} />
      {!booking && <RepeatFields repeat={repeat} draft={draft} change={changeRepeat} />}
      {projects && !booking && (
        <ProjectField
          projects={projects}
          chosen={draft.project}
          choose={project => change({ ...draft, project })}
        />
      )}
      {(!booking || booking.mine) && (
        <label className="maia-Field">
          {trans.__('Note (for you and the administrators)')}
          <input
            type="text"
            name="note"
            maxLength={200}
            value={draft.note}
            onChange={e => setDraft({ ...draft, note: e.target.value })}
          />
        </label>
      )}
      {repeats ? (
        <PreviewView preview={preview} repeat={repeat} now={now} change={changeRepeat} />
      ) : (
        <VerdictView
          answer={answer}
          draft={draft}
          now={now}
          onStart={start => change(withStart(draft, start))}
          onSlot={onSlot}
        />
      )}
      {onWaiting && !booking && !repeats && answer.kind === 'verdict' && isTaken(answer.verdict) && (
        <WaitOffer api={api} clock={clock} draft={draft} onWaiting={onWaiting} />
      )}
      {stale && <Conflict booking={stale} now={now} onTake={() => change(draftOf(stale))} />}
      {error !== null && !told && !isStale(error) && (
        <p className="maia-Error" role="alert">
          {repeats && error instanceof MaiaProblem ? `${error.message} ${error.advice ?? ''}` : <ErrorText error={error} />}
        </p>
      )}
      {props.below?.(draft)}
      <div className="maia-Form-footer">
        <small>{trans.__('Times in %1', zone())}</small>
        <button type="button" className="maia-Button" onClick={onCancel}>
          {trans.__('Close')}
        </button>
        <button type="submit" className="maia-Button maia-mod-primary" disabled={busy}>
          {booking ? trans.__('Save changes') : trans.__('Book')}
        </button>
      </div>
    </form>
  );
}
