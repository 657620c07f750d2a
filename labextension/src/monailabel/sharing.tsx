/** With whom a MONAI Label is shared, until when; given and taken back. */

import * as React from 'react';

import { Value } from '../tools/secrets';
import { ErrorText, useTrans } from '../ui';
import { addDays, fromInput, iso, moment, ms, nextMinute, toInput, zone } from '../ui/time';
import { useAround } from './around';
import { DateField, TextField } from './fields';
import type { Server, Share } from './records';

/** Days that one is offered to share for. */
const USUAL = 30;

interface Asked {
  shares: Share[] | null;
  error: unknown;
  look: () => Promise<void>;
}

/** Asked for each time that somebody opens the part, and after each change. */
function useShares(name: string, open: boolean): Asked {
  const { api } = useAround().model;
  const [shares, setShares] = React.useState<Share[] | null>(null);
  const [error, setError] = React.useState<unknown>(null);
  const look = async () => {
    try {
      setShares(await api.shares(name));
      setError(null);
    } catch (reason) {
      setError(reason);
    }
  };
  React.useEffect(() => {
    if (open) {
      void look();
    }
  }, [name, open]);
  return { shares, error, look };
}

function Guest({ server, share, look }: { server: Server; share: Share; look: () => Promise<void> }): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  const takeBack = async () => {
    if (await actions.takeBack(server, share)) {
      await look();
    }
  };
  return (
    <li className="maia-MonaiLabel-item">
      <div className="maia-Tool-row">
        <strong>{share.guest}</strong>
        <span className="maia-Tool-soft">{trans.__('until %1', moment(ms(share.until), Date.now()))}</span>
      </div>
      <dl className="maia-MonaiLabel-link">
        <Value name={trans.__('Link for %1', share.guest)} value={new URL(share.page, location.origin).href} />
      </dl>
      <button className="maia-Chip" onClick={() => void takeBack()}>
        {trans.__('Take it back…')}
        <span className="maia-visuallyHidden"> {share.guest}</span>
      </button>
    </li>
  );
}

function Give({ server, look }: { server: Server; look: () => Promise<void> }): JSX.Element {
  const trans = useTrans();
  const { api } = useAround().model;
  const [guest, setGuest] = React.useState('');
  const [until, setUntil] = React.useState(() => addDays(nextMinute(Date.now()), USUAL));
  const [busy, setBusy] = React.useState(false);
  const [said, say] = React.useState('');
  const [error, setError] = React.useState<unknown>(null);
  const give = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    say('');
    try {
      const made = await api.share(server.name, guest.trim(), iso(until));
      say(trans.__('Shared with %1 until %2. Send her or him the link.', made.guest, moment(ms(made.until), Date.now())));
      setGuest('');
      await look();
    } catch (reason) {
      setError(reason);
    }
    setBusy(false);
  };
  return (
    <form className="maia-MonaiLabel-give" aria-label={trans.__('Share %1', server.name)} onSubmit={event => void give(event)}>
      <TextField label={trans.__('Colleague')} hint={trans.__('The name at the hub. Who has it already gets the new end.')} value={guest} set={setGuest} required />
      <DateField label={trans.__('Until')} hint={trans.__('Times are those of %1.', zone())} value={Number.isFinite(until) ? toInput(until) : ''} set={value => setUntil(fromInput(value))} />
      {error !== null && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />
        </p>
      )}
      <p role="status">{said}</p>
      <button type="submit" className="maia-Button" disabled={busy || !guest.trim() || !Number.isFinite(until)}>
        {trans.__('Share')}
      </button>
    </form>
  );
}

export function Sharing({ server }: { server: Server }): JSX.Element {
  const trans = useTrans();
  const [open, setOpen] = React.useState(false);
  const { shares, error, look } = useShares(server.name, open);
  return (
    <details className="maia-MonaiLabel-inside" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        {trans.__('Shared with colleagues')}
        <span className="maia-visuallyHidden"> {server.name}</span>
      </summary>
      {open && !shares && error === null && <p role="status">{trans.__('Looking…')}</p>}
      {error !== null && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />
        </p>
      )}
      {shares && (
        <>
          <p className="maia-Tool-soft">
            {trans.__('A colleague of the project annotates with this server, with her or his own name; nothing else of your workspace is opened.')}
          </p>
          {!shares.length && <p>{trans.__('It is shared with nobody.')}</p>}
          <ul aria-label={trans.__('Who shares %1', server.name)}>
            {shares.map(share => (
              <Guest key={share.id} server={server} share={share} look={look} />
            ))}
          </ul>
          {server.state === 'ready' ? <Give server={server} look={look} /> : <p>{trans.__('It is shared with others while it runs.')}</p>}
        </>
      )}
    </details>
  );
}
