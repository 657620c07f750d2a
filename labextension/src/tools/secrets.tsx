/** Dialogs of a tool: what one signs in with, and what it writes. */

import * as React from 'react';

import { Dialog, ErrorText, useTrans } from '../ui';
import { useAround } from './around';
import type { Card } from './records';

/** What is asked for once, for as long as a dialog is open. */
function useAsked<T>(ask: () => Promise<T>): { found?: T; error?: unknown; again: () => void } {
  const [answer, setAnswer] = React.useState<{ found?: T; error?: unknown }>({});
  const [tries, again] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    let open = true;
    ask().then(
      found => open && setAnswer({ found }),
      (error: unknown) => open && setAnswer({ error })
    );
    return () => {
      open = false;
    };
  }, [tries]);
  return { ...answer, again };
}

/** One value, and a secret one hidden until it is asked for; it can be copied without being shown. */
export function Value({ name, value, secret = false }: { name: string; value: string; secret?: boolean }): JSX.Element {
  const trans = useTrans();
  const [shown, setShown] = React.useState(!secret);
  const [copied, setCopied] = React.useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
  };
  return (
    <div className="maia-Tool-secret">
      <dt>{name}</dt>
      <dd>
        <code>{shown ? value : '••••••••'}</code>
        <span className="maia-Tool-actions">
          {secret && (
            <button className="maia-Chip" aria-pressed={shown} onClick={() => setShown(!shown)}>
              {trans.__('Show')}
              <span className="maia-visuallyHidden"> {name}</span>
            </button>
          )}
          <button className="maia-Chip" onClick={copy}>
            {copied ? trans.__('Copied') : trans.__('Copy')}
            <span className="maia-visuallyHidden"> {name}</span>
          </button>
        </span>
      </dd>
    </div>
  );
}

/** Changing them is asked for twice; the question stands in the dialog, which nothing else can come before. */
function Change({ card, done }: { card: Card; done: () => void }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const [asking, ask] = React.useState(false);
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<unknown>(null);
  const change = async () => {
    setBusy(true);
    const failed = await model.api.act(model.project, card.name, 'rotate').then(
      () => null,
      (reason: unknown) => reason
    );
    setError(failed);
    setBusy(false);
    ask(false);
    if (failed === null) {
      done();
    }
  };
  if (!asking) {
    return (
      <>
        {error !== null && (
          <p className="maia-Error" role="alert">
            <ErrorText error={error} />
          </p>
        )}
        <button className="maia-Button maia-mod-danger" onClick={() => ask(true)}>
          {trans.__('Change them…')}
        </button>
      </>
    );
  }
  return (
    <div role="alertdialog" aria-label={trans.__('Change the credentials of %1?', card.title)}>
      <p>{trans.__('The present ones are no longer good, at once. Kernels that run and programs elsewhere have to be told the new ones.')}</p>
      <div className="maia-Tool-actions">
        <button className="maia-Button" autoFocus disabled={busy} onClick={() => ask(false)}>
          {trans.__('Keep them')}
        </button>
        <button className="maia-Button maia-mod-danger" disabled={busy} onClick={change}>
          {trans.__('Change them')}
        </button>
      </div>
    </div>
  );
}

export function CredentialsDialog({ card, onClose }: { card: Card; onClose: () => void }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const { found, error, again } = useAsked(() => model.api.credentials(model.project, card.name));
  return (
    <Dialog title={trans.__('Credentials of %1', card.title)} onClose={onClose} lightDismiss>
      {error !== undefined && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />
        </p>
      )}
      {found && !found.user && <p>{trans.__('You need none: the platform signs you in, and kernels and terminals of your servers.')}</p>}
      {found?.user && (
        <>
          <p>{trans.__('Kernels and terminals hold them already: they are only needed by other programs. They are yours; give them to nobody.')}</p>
          <dl>
            <Value name={trans.__('Address')} value={found.address} />
            <Value name={trans.__('User, or access key')} value={found.user} />
            <Value key={found.secret} name={trans.__('Secret')} value={found.secret} secret />
          </dl>
          <Change card={card} done={again} />
        </>
      )}
    </Dialog>
  );
}

interface TextProps {
  /** Of whom it is. */
  title: string;
  ask: () => Promise<string>;
  onClose: () => void;
}

/** What something writes, from its end on. */
export function TextDialog({ title, ask, onClose }: TextProps): JSX.Element {
  const trans = useTrans();
  const { found, error, again } = useAsked(ask);
  const box = React.useRef<HTMLPreElement>(null);
  React.useEffect(() => {
    box.current?.scrollTo(0, box.current.scrollHeight); // in braces: newer browsers return a promise
  }, [found]);
  return (
    <Dialog title={trans.__('Log of %1', title)} onClose={onClose} lightDismiss>
      {error !== undefined && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />
        </p>
      )}
      <pre className="maia-Tool-log" ref={box} tabIndex={0} role="log" aria-label={trans.__('What %1 writes', title)}>
        {found ?? ''}
      </pre>
      {found === '' && <p>{trans.__('It has written nothing.')}</p>}
      <button className="maia-Button" onClick={again}>
        {trans.__('Read again')}
      </button>
    </Dialog>
  );
}

export function LogDialog({ card, onClose }: { card: Card; onClose: () => void }): JSX.Element {
  const { model } = useAround();
  return <TextDialog title={card.title} ask={() => model.api.log(model.project, card.name)} onClose={onClose} />;
}
