/** Everybody's wishes on the waiting list, and the way to take one off it with a reason. */

import * as React from 'react';

import { SomebodysWish } from '../../../src/api';
import { Dialog, ErrorText, useNow } from '../../../src/ui';
import { MINUTE, duration, moment, ms } from '../../../src/ui/time';
import { useLiveState, useLoaded } from '../live';
import { useServices } from '../services';
import { useSay, useTry } from '../toast';
import { DataTable } from './dataTable';

/** So many are shown at once; who waits is found by name. */
const SHOWN = 100;

function stands(wish: SomebodysWish, now: number): string {
  if (wish.offer_until) {
    return `offered until ${moment(ms(wish.offer_until), now)}`;
  }
  const expected = wish.expected ? `, expected ${moment(ms(wish.expected), now)}` : '';
  return [`place ${wish.place}${expected}`, wish.reason].filter(part => part).join('. ');
}

function Row({ wish, now, onRemove }: { wish: SomebodysWish; now: number; onRemove: () => void }): JSX.Element {
  const latest = wish.latest_start === wish.start ? '' : ` to ${moment(ms(wish.latest_start), now)}`;
  return (
    <tr>
      <td>{wish.user}</td>
      <td>{wish.project}</td>
      <td>
        {wish.gpus} × {wish.product}, {duration(wish.duration * 1000)} from {moment(ms(wish.start), now)}
        {latest}
      </td>
      <td>{moment(ms(wish.since), now)}</td>
      <td>{stands(wish, now)}</td>
      <td>
        <button type="button" className="maia-Button" aria-label={`Remove the wish of ${wish.user}`} onClick={onRemove}>
          Remove…
        </button>
      </td>
    </tr>
  );
}

function Remove({ wish, onClose, onDone }: { wish: SomebodysWish; onClose: () => void; onDone: () => void }): JSX.Element {
  const { api } = useServices();
  const say = useSay();
  const attempt = useTry();
  const [reason, setReason] = React.useState('');
  const remove = async (event: React.FormEvent) => {
    event.preventDefault();
    if (await attempt(() => api.removeWish(wish.id, reason))) {
      say({ text: `${wish.user} no longer waits for it, and is told why.` });
      onDone();
    }
  };
  return (
    <Dialog title={`Take the wish of ${wish.user} off the list`} onClose={onClose}>
      <form className="maia-Line" onSubmit={event => void remove(event)}>
        <label className="maia-Field maia-mod-grow">
          Reason ({wish.user} will read it)
          <input required value={reason} maxLength={200} onChange={event => setReason(event.target.value)} />
        </label>
        <button type="submit" className="maia-Button maia-mod-danger">
          Remove
        </button>
      </form>
    </Dialog>
  );
}

export function Waiting({ onChanged }: { onChanged: () => void }): JSX.Element {
  const { api, clock } = useServices();
  const now = useNow(clock, MINUTE);
  const version = useLiveState()?.calendar_version;
  const [user, setUser] = React.useState('');
  const [removed, setRemoved] = React.useState<SomebodysWish | null>(null);
  const { value, error, reload } = useLoaded(() => api.allWishes(user.trim(), SHOWN), [api, version, user]);
  return (
    <section className="portal-Card" aria-labelledby="waiting">
      <h2 id="waiting">Waiting list</h2>
      <div className="maia-Form-row portal-Search" role="search" aria-label="Waiting list">
        <label className="maia-Field">
          Of this person alone
          <input type="search" value={user} onChange={event => setUser(event.target.value)} />
        </label>
      </div>
      {error !== null && <ErrorText error={error} />}
      {value?.length === 0 && <p className="portal-Soft">{user ? 'She waits for nothing.' : 'Nobody waits for a booking.'}</p>}
      {value !== null && value.length > 0 && (
        <DataTable label="Waiting list" heads={['Who', 'Project', 'What', 'Since', 'How it stands', '']}>
          {value.map(wish => (
            <Row key={wish.id} wish={wish} now={now} onRemove={() => setRemoved(wish)} />
          ))}
        </DataTable>
      )}
      {value?.length === SHOWN && <p className="portal-Soft">These are the oldest {SHOWN}.</p>}
      {removed && (
        <Remove
          wish={removed}
          onClose={() => setRemoved(null)}
          onDone={() => {
            setRemoved(null);
            reload();
            onChanged();
          }}
        />
      )}
    </section>
  );
}
