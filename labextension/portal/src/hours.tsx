/** My GPU-hours over the last 30 days. */

import * as React from 'react';

import { Account } from '../../src/api';
import { ErrorText, useNow } from '../../src/ui';
import { HOUR, addDays, iso } from '../../src/ui/time';
import { useLoaded } from './live';
import { useServices } from './services';

/** The service counts in GPU-hours. */
function text(hours: number): string {
  return hours < 10 ? hours.toFixed(1) : Math.round(hours).toString();
}

function Bar({ account }: { account: Account }): JSX.Element {
  const most = Math.max(account.booked, account.used, account.idle, 1);
  const rows: [string, number, string][] = [
    ['Booked', account.booked, 'booked'],
    ['Used', account.used, 'used'],
    ['Idle', account.idle, 'idle']
  ];
  return (
    <dl className="portal-Hours">
      {rows.map(([label, hours, kind]) => (
        <React.Fragment key={kind}>
          <dt>{label}</dt>
          <dd>
            {hours > 0 && <i className={`portal-mod-${kind}`} style={{ width: `${(100 * hours) / most}%` }} />}
          </dd>
          <dd className="portal-Hours-number">{text(hours)} h</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}

export function Hours({ version }: { version: number | null }): JSX.Element {
  const { api, clock, me } = useServices();
  const hour = Math.floor(useNow(clock, HOUR) / HOUR) * HOUR;
  const load = () => api.account(iso(addDays(hour, -30)), iso(hour + HOUR));
  const { value, error } = useLoaded(load, [api, hour, version]);
  const mine = (value ?? []).filter(account => account.user === me.user);
  return (
    <section className="portal-Card" aria-labelledby="my-hours">
      <h2 id="my-hours">
        My GPU-hours <small>last 30 days</small>
      </h2>
      {!value && error === null && <div className="maia-Skeleton" />}
      {error !== null && <ErrorText error={error} />}
      {value && mine.length === 0 && <p className="portal-Soft">None yet.</p>}
      {mine.map(account => (
        <div key={account.project}>
          {mine.length > 1 && <h3>{account.project}</h3>}
          <Bar account={account} />
        </div>
      ))}
      {mine.length > 0 && <p className="portal-Soft">Idle is booked time in which no server held the GPU.</p>}
    </section>
  );
}
