/** The waiting list: wait for a time that is taken, see your place, take what is offered. */

import * as React from 'react';

import type { Api, Verdict, WaitlistEntry } from '../api';
import type { Clock } from '../clock';
import { Countdown, useNow } from './countdown';
import { Draft, requestOf } from './draft';
import { ErrorText, localised } from './errors';
import { useTrans } from './text';
import { DAY, HOUR, MINUTE, duration, iso, moment, ms, span } from './time';
import type { Words } from './words';

/** By how much later a booking may begin, to choose from. */
const SLACKS = [0, 2 * HOUR, 8 * HOUR, DAY, 3 * DAY, 7 * DAY];

/** Others have booked that time, and no rule refuses it: it can be waited for. */
export function isTaken(verdict: Verdict): boolean {
  return !verdict.allowed && verdict.refusals.length === 0;
}

/** What somebody waits for, in words. */
export function wishText(entry: WaitlistEntry, now: number, trans: Words): string {
  const start = ms(entry.start);
  const latest = ms(entry.latest_start);
  const length = duration(entry.duration * 1000);
  return latest > start
    ? trans.__('%1, from %2 or later, until %3 at the latest', length, moment(start, now), moment(latest, now))
    : span(start, start + entry.duration * 1000, now);
}

/** When it can be expected, in words; nobody is promised a time that nobody knows. */
export function wishExpectation(entry: WaitlistEntry, now: number, trans: Words): string {
  return entry.expected
    ? trans.__('expected %1', moment(ms(entry.expected), now))
    : trans.__('nobody knows whether it comes free');
}

export interface WaitOfferProps {
  api: Api;
  clock: Clock;
  draft: Draft;
  onWaiting: (entry: WaitlistEntry) => void;
}

/** Below a time that is taken: wait for it, or for one soon after. */
export function WaitOffer({ api, clock, draft, onWaiting }: WaitOfferProps): JSX.Element {
  const trans = useTrans();
  const [slack, setSlack] = React.useState(0);
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<unknown>(null);
  const wait = async () => {
    const request = requestOf(draft, clock.now());
    if (!request) {
      return;
    }
    setBusy(true);
    setError(null);
    try {
      onWaiting(await api.waitFor({ ...request, latest_start: iso(ms(request.start) + slack) }));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <div className="maia-WaitOffer" role="group" aria-label={trans.__('Wait for a time that is taken')}>
      <p>{trans.__('Or wait for it: when it comes free, it is booked for you. If it begins soon, you are asked first.')}</p>
      <div className="maia-Waiting-do">
        <label className="maia-Field maia-mod-grow">
          {trans.__('It may begin')}
          <select value={slack} onChange={event => setSlack(Number(event.target.value))}>
            {SLACKS.map(one => (
              <option key={one} value={one}>
                {one ? trans.__('up to %1 later', duration(one)) : trans.__('at this time only')}
              </option>
            ))}
          </select>
        </label>
        <button type="button" className="maia-Button" disabled={busy} onClick={() => void wait()}>
          {trans.__('Wait for this time')}
        </button>
      </div>
      {error !== null && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />
        </p>
      )}
    </div>
  );
}

interface EntryProps {
  clock: Clock;
  entry: WaitlistEntry;
  onAccept: (entry: WaitlistEntry) => void;
  onDecline: (entry: WaitlistEntry) => void;
  onWithdraw: (entry: WaitlistEntry) => void;
}

function what(entry: WaitlistEntry): string {
  return entry.gpus > 1 ? `${entry.gpus} × ${entry.product}` : entry.product;
}

function OfferedTime({ clock, entry, onAccept, onDecline, now }: EntryProps & { now: number }): JSX.Element {
  const trans = useTrans();
  const { booking } = entry;
  return (
    <>
      <p role="status">
        <strong>{trans.__('%1 has come free for you', what(entry))}</strong>
        {booking && `: ${span(ms(booking.start), ms(booking.end), now)}`}
      </p>
      <p className="maia-Waiting-soft">
        {trans.__('It is kept for you for')} <Countdown clock={clock} to={ms(entry.offer_until as string)} />.{' '}
        {trans.__('Then the next one has it.')}
      </p>
      <div className="maia-Waiting-do">
        <button type="button" className="maia-Button maia-mod-primary" onClick={() => onAccept(entry)}>
          {trans.__('Take it')}
        </button>
        <button type="button" className="maia-Button" onClick={() => onDecline(entry)}>
          {trans.__('Not now')}
        </button>
      </div>
    </>
  );
}

function Entry(props: EntryProps): JSX.Element {
  const trans = useTrans();
  const { clock, entry, onWithdraw } = props;
  const now = useNow(clock, MINUTE);
  if (entry.offer_until) {
    return <OfferedTime {...props} now={now} />;
  }
  return (
    <>
      <p>
        <strong>{what(entry)}</strong> {wishText(entry, now, trans)}
      </p>
      <p className="maia-Waiting-soft">
        <strong>{trans.__('Place %1', entry.place ?? '–')}</strong>, {wishExpectation(entry, now, trans)}.
      </p>
      {entry.reason && (
        <p className="maia-Waiting-soft">{trans.__('Passed over at present: %1', localised(entry.reason, now))}</p>
      )}
      <div className="maia-Waiting-do">
        <button type="button" className="maia-Button" onClick={() => onWithdraw(entry)}>
          {trans.__('Wait no longer')}
        </button>
      </div>
    </>
  );
}

export interface WaitlistProps extends Omit<EntryProps, 'entry'> {
  entries: WaitlistEntry[];
}

export function Waitlist({ entries, ...parts }: WaitlistProps): JSX.Element | null {
  const trans = useTrans();
  const shown = entries.filter(entry => entry.offer_until || entry.place !== null);
  if (!shown.length) {
    return null;
  }
  return (
    <div className="maia-Waitlist" role="group" aria-label={trans.__('Waiting for a time that is taken')}>
      {shown.map(entry => (
        <div key={entry.id} className={`maia-Waiting-place${entry.offer_until ? ' maia-mod-offer' : ''}`}>
          <Entry entry={entry} {...parts} />
        </div>
      ))}
    </div>
  );
}
