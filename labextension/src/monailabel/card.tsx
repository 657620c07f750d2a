/** One MONAI Label in the panel. */

import * as React from 'react';

import { useTrans } from '../ui';
import { moment, ms } from '../ui/time';
import { useAround } from './around';
import { LogDialog, SlicerDialog } from './dialogs';
import { Inside } from './inside';
import type { Server, ServerState } from './records';
import { Sharing } from './sharing';
import { Taught } from './taught';
import { Waiting } from './waiting';
import { SIGNS, deviceWord, imagesWord, stateWord } from './words';

/** What it has learnt, and with whom it is shared, is there when it does not run, too. */
const KEEPS: ServerState[] = ['ready', 'died', 'stopped'];

function Facts({ server }: { server: Server }): JSX.Element {
  const trans = useTrans();
  const facts: [string, string][] = [
    [trans.__('Models'), server.models.join(', ') || trans.__('all of its app')],
    [trans.__('Images'), imagesWord(trans, server)],
    [trans.__('App'), server.app]
  ];
  return (
    <dl className="maia-MonaiLabel-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Health({ server }: { server: Server }): JSX.Element {
  const trans = useTrans();
  const now = Date.now();
  const { state, since, until, reason, untrained } = server;
  const runs = state === 'ready' || state === 'starting';
  return (
    <>
      <p className="maia-Tool-soft">
        {since && trans.__('Since %1', moment(ms(since), now))}
        {runs && `, ${deviceWord(trans, server.device)}`}
        {until && `, ${trans.__('until your booking ends: %1', moment(ms(until), now))}`}
      </p>
      {reason && <pre className="maia-MonaiLabel-given" tabIndex={0}>{reason}</pre>}
      {state === 'ready' && untrained.length > 0 && (
        <p className="maia-Tool-soft">{trans.__('Without weights, so they know nothing yet: %1.', untrained.join(', '))}</p>
      )}
    </>
  );
}

export function ServerCard({ server }: { server: Server }): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const [dialog, setDialog] = React.useState<'log' | 'slicer' | null>(null);
  const heading = React.useId();
  const ready = server.state === 'ready';
  const stopping = model.tasks.some(({ kind, subject, state }) => kind === 'stop' && subject === server.name && state === 'running');
  const hidden = <span className="maia-visuallyHidden"> {server.name}</span>;
  return (
    <li className="maia-Tool" data-state={server.state} aria-labelledby={heading}>
      <div className="maia-Tool-head">
        <h3 id={heading}>{server.name}</h3>
        <span className="maia-Tool-state">
          <span aria-hidden="true">{SIGNS[server.state]}</span> {stateWord(trans, server.state)}
        </span>
      </div>
      <Health server={server} />
      <Waiting server={server} />
      <Facts server={server} />
      <div className="maia-Tool-actions">
        {ready && server.viewer && (
          <>
            <button className="maia-Button maia-mod-primary" onClick={() => actions.open(server)}>
              {trans.__('Open in OHIF')}
              {hidden}
            </button>
            <button className="maia-Chip" onClick={() => actions.openWindow(server)}>
              {trans.__('In a window')}
              {hidden}
            </button>
          </>
        )}
        {ready && (
          <button className="maia-Chip" onClick={() => setDialog('slicer')}>
            {trans.__('3D Slicer…')}
            {hidden}
          </button>
        )}
        <button className="maia-Chip" onClick={() => setDialog('log')}>
          {trans.__('Log')}
          {hidden}
        </button>
        {(ready || server.state === 'starting') && (
          <button className="maia-Chip" disabled={stopping} onClick={() => void actions.stop(server)}>
            {trans.__('Stop')}
            {hidden}
          </button>
        )}
      </div>
      {ready && <Inside server={server} />}
      {KEEPS.includes(server.state) && (
        <>
          <Taught server={server} />
          <Sharing server={server} />
        </>
      )}
      {dialog === 'log' && <LogDialog server={server} onClose={() => setDialog(null)} />}
      {dialog === 'slicer' && <SlicerDialog server={server} onClose={() => setDialog(null)} />}
    </li>
  );
}
