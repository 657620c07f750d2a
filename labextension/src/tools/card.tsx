/** One tool in the panel. */

import * as React from 'react';

import { useTrans } from '../ui';
import { moment, ms } from '../ui/time';
import { useAround } from './around';
import { Facts } from './facts';
import type { Card, PageKind } from './records';
import { CredentialsDialog, LogDialog } from './secrets';
import { SIGNS, stateWord } from './words';

const SIGNED_IN: PageKind[] = ['sandboxed'];

/** How it fares: a sign, a word, since when and why. */
function Health({ card }: { card: Card }): JSX.Element {
  const trans = useTrans();
  const { state, since, reason, progress, doing } = card;
  const when = moment(ms(since), Date.now());
  const busy = state === 'installing' || state === 'starting';
  return (
    <>
      {!busy && state !== 'ready' && (
        <p className="maia-Tool-soft">
          {state === 'stopped' ? trans.__('Since %1.', when) : trans.__('Since %1: %2', when, reason || trans.__('it does not say why.'))}{' '}
          {state === 'stopped' && reason}
        </p>
      )}
      {busy && (
        <div className="maia-Tool-progress">
          <progress aria-label={trans.__('Progress of %1', card.title)} value={progress ?? undefined} max={1} />
          <span className="maia-Tool-soft">{doing || reason || trans.__('Please wait; the first start of a tool installs it.')}</span>
        </div>
      )}
    </>
  );
}

interface DoingProps {
  label: string;
  card: Card;
  primary?: boolean;
  disabled?: boolean;
  onClick: () => void;
}

function Do({ label, card, primary, disabled, onClick }: DoingProps): JSX.Element {
  return (
    <button className={primary ? 'maia-Button maia-mod-primary' : 'maia-Chip'} disabled={disabled} onClick={onClick}>
      {label}
      <span className="maia-visuallyHidden"> {card.title}</span>
    </button>
  );
}

/** Start and stop: only who is run by this machine can be. */
function Running({ card }: { card: Card }): JSX.Element | null {
  const trans = useTrans();
  const { actions } = useAround();
  const [busy, setBusy] = React.useState(false);
  const doing = (action: (card: Card) => Promise<unknown>) => async () => {
    setBusy(true);
    await action(card);
    setBusy(false);
  };
  if (!card.local) {
    return null;
  }
  const off = card.state === 'stopped' || card.state === 'failing';
  return (
    <>
      {off && <Do card={card} label={trans.__('Start')} primary disabled={busy} onClick={doing(each => actions.start(each))} />}
      {card.state !== 'stopped' && <Do card={card} label={trans.__('Stop')} disabled={busy} onClick={doing(each => actions.stop(each))} />}
    </>
  );
}

export function ToolCard({ card }: { card: Card }): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  const [dialog, setDialog] = React.useState<'log' | 'credentials' | null>(null);
  const heading = React.useId();
  const ready = card.state === 'ready';
  const opens = ready && card.opens === 'page';
  return (
    <li className="maia-Tool" data-state={card.state} aria-labelledby={heading}>
      <div className="maia-Tool-head">
        <h3 id={heading}>{card.title}</h3>
        <span className="maia-Tool-state">
          <span aria-hidden="true">{SIGNS[card.state]}</span> {stateWord(trans, card.state)}
        </span>
      </div>
      {card.version && <p className="maia-Tool-soft">{trans.__('Version %1', card.version)}</p>}
      {!card.local && card.page !== 'outside' && (
        <p className="maia-Tool-soft">{trans.__('It runs elsewhere: there it is started and stopped.')}</p>
      )}
      <Health card={card} />
      <Facts card={card} />
      <div className="maia-Tool-actions">
        {opens && card.page !== 'outside' && <Do card={card} label={trans.__('Open')} primary onClick={() => actions.open(card)} />}
        {opens && <Do card={card} label={trans.__('Open in a window')} onClick={() => actions.openWindow(card)} />}
        {card.snippet && ready && <Do card={card} label={trans.__('Use in notebook')} onClick={() => actions.use(card)} />}
        <Running card={card} />
        {SIGNED_IN.includes(card.page) && <Do card={card} label={trans.__('Credentials')} onClick={() => setDialog('credentials')} />}
        {card.local && <Do card={card} label={trans.__('Log')} onClick={() => setDialog('log')} />}
      </div>
      {dialog === 'log' && <LogDialog card={card} onClose={() => setDialog(null)} />}
      {dialog === 'credentials' && <CredentialsDialog card={card} onClose={() => setDialog(null)} />}
    </li>
  );
}
