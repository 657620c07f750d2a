/** GPUs that cannot be used for a while: maintenance, a broken card, a node that is away. */

import * as React from 'react';

import { ErrorText, useNow } from '../../../src/ui';
import { MINUTE, addDays, iso, moment, ms, span, startOfDay } from '../../../src/ui/time';
import { useLiveState, useLoaded } from '../live';
import { useServices } from '../services';
import { useTry } from '../toast';
import { AddOutage } from './outageForm';
import { Row, rowsOf } from './outageRows';

/** How far ahead outages are listed, in days. */
const AHEAD = 366;

function Listed({ row: { outage, what }, now, onRemove }: { row: Row; now: number; onRemove: () => void }): JSX.Element {
  return (
    <li>
      <span>
        <strong>{what}</strong>{' '}
        {outage.by_cluster ? `since ${moment(ms(outage.start), now)}` : span(ms(outage.start), ms(outage.end), now)}, {outage.reason}
      </span>
      {outage.by_cluster ? (
        <small className="portal-Soft">ends when the cluster says so</small>
      ) : (
        <button type="button" className="maia-Button" onClick={onRemove}>
          Remove
        </button>
      )}
    </li>
  );
}

export function Outages(): JSX.Element {
  const { api, clock } = useServices();
  const attempt = useTry();
  const state = useLiveState();
  const now = useNow(clock, MINUTE);
  const today = startOfDay(now);
  const load = () => api.calendar(iso(today), iso(addDays(today, AHEAD)));
  const { value, error, reload } = useLoaded(load, [api, today, state?.calendar_version]);
  const calendars = value?.pools ?? [];
  const rows = calendars.flatMap(calendar => rowsOf(calendar, outage => ms(outage.end) > now));
  const remove = async ({ outage, block }: Row) => {
    if (await attempt(() => (block ? api.unblock(block) : api.removeOutage(outage)))) {
      reload();
    }
  };
  return (
    <section className="portal-Card" aria-labelledby="outages">
      <h2 id="outages">Outages</h2>
      {error !== null && <ErrorText error={error} />}
      {value && rows.length === 0 && <p className="portal-Soft">None now, none planned.</p>}
      <ul className="portal-OutageList">
        {rows.map(row => (
          <Listed
            key={`${row.what}/${row.outage.start}/${row.outage.reason}`}
            row={row}
            now={now}
            onRemove={() => void remove(row)}
          />
        ))}
      </ul>
      {calendars.some(({ pool }) => pool.gpus.length > 0) && (
        <AddOutage pools={calendars.map(({ pool }) => pool)} onAdded={reload} />
      )}
    </section>
  );
}
