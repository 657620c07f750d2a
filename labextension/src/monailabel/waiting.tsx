/** Labels that people submitted and that the image server does not have yet. */

import * as React from 'react';

import { useTrans } from '../ui';
import { localised } from '../ui/errors';
import { moment, ms } from '../ui/time';
import { useAround } from './around';
import type { Server, WaitingLabel } from './records';

/** So many are listed. */
const MOST = 20;

function when(time: string): string {
  return moment(ms(time), Date.now());
}

function Label({ server, label }: { server: Server; label: WaitingLabel }): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  const { image, author, since, attempts, next, state } = label;
  const refused = state === 'refused';
  return (
    <li className="maia-MonaiLabel-item">
      <span className="maia-MonaiLabel-uid">{image}</span>
      <p className="maia-Tool-soft">
        {author ? trans.__('by %1, since %2', author, when(since)) : trans.__('since %1', when(since))}
        {attempts > 0 && `, ${trans._n('tried once', 'tried %1 times', attempts)}`}
        {next && !refused && `, ${trans.__('next: %1', when(next))}`}
      </p>
      {refused && (
        <>
          <p>{localised(label.why, Date.now())}</p>
          <button className="maia-Chip" onClick={() => void actions.giveUpLabel(server, label)}>
            {trans.__('Give it up…')}
            <span className="maia-visuallyHidden"> {image}</span>
          </button>
        </>
      )}
    </li>
  );
}

export function Waiting({ server }: { server: Server }): JSX.Element | null {
  const trans = useTrans();
  const { actions } = useAround();
  const [busy, setBusy] = React.useState(false);
  const { waiting } = server;
  if (!waiting.length) {
    return null;
  }
  const refused = waiting.filter(({ state }) => state === 'refused').length;
  const why = waiting.find(({ state, why }) => state === 'waiting' && why)?.why;
  const send = async () => {
    setBusy(true);
    await actions.send(server);
    setBusy(false);
  };
  return (
    <div className="maia-Tools-notice maia-MonaiLabel-notice">
      <p role="status">
        <strong>{trans._n('%1 label is not in the image archive yet', '%1 labels are not in the image archive yet', waiting.length)}</strong>
        {', '}
        {waiting.length > 1 ? trans.__('the oldest since %1.', when(waiting[0].since)) : trans.__('since %1.', when(waiting[0].since))}{' '}
        {refused < waiting.length &&
          trans._n(
            'It is kept here, and sent by itself as soon as the archive takes it.',
            'They are kept here, and sent by themselves as soon as the archive takes them.',
            waiting.length
          )}
      </p>
      {why && <p className="maia-Tool-soft">{trans.__('Why not: %1', localised(why, Date.now()))}</p>}
      {refused > 0 && <p>{trans.__('The archive refuses %1 of %2.', refused, waiting.length)}</p>}
      <details open={refused > 0}>
        <summary>
          {trans.__('Which')}
          <span className="maia-visuallyHidden"> {server.name}</span>
        </summary>
        <ul aria-label={trans.__('Labels of %1 that wait', server.name)}>
          {waiting.slice(0, MOST).map(label => (
            <Label key={label.uid} server={server} label={label} />
          ))}
        </ul>
        {waiting.length > MOST && <p className="maia-Tool-soft">{trans.__('and %1 more', waiting.length - MOST)}</p>}
      </details>
      <button className="maia-Chip" disabled={busy} onClick={() => void send()}>
        {trans.__('Send now')}
        <span className="maia-visuallyHidden"> {server.name}</span>
      </button>
    </div>
  );
}
