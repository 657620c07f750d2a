/** Labels that models proposed and nobody has looked at: they may go to the image archive, signed by their models. */

import * as React from 'react';

import { ErrorText, useTrans } from '../ui';
import { useAround } from './around';
import type { Server } from './records';

export function Proposals({ server, count }: { server: Server; count: number }): JSX.Element | null {
  const trans = useTrans();
  const { api } = useAround().model;
  const [busy, setBusy] = React.useState(false);
  const [said, say] = React.useState<string[]>([]);
  const [error, setError] = React.useState<unknown>(null);
  if (!server.remote || !count) {
    return null;
  }
  const send = async () => {
    setBusy(true);
    setError(null);
    try {
      const { sent, left } = await api.sendProposals(server.name);
      const sentence = trans._n('%1 proposed label is in the archive, or on its way.', '%1 proposed labels are in the archive, or on their way.', sent.length);
      say([sentence, ...Object.entries(left).map(([image, why]) => trans.__('%1 was not sent: %2', image, why))]);
    } catch (reason) {
      setError(reason);
    }
    setBusy(false);
  };
  return (
    <>
      <p className="maia-Tool-soft">
        {trans._n('%1 label is proposed, and seen by nobody.', '%1 labels are proposed, and seen by nobody.', count)}{' '}
        {trans.__('In the archive each is marked as made by its model alone.')}
      </p>
      <button className="maia-Chip" disabled={busy} onClick={() => void send()}>
        {trans.__('Send to the archive')}
        <span className="maia-visuallyHidden"> {trans.__('what is proposed')}</span>
      </button>
      <div role="status">
        {said.map(line => (
          <p key={line}>{line}</p>
        ))}
      </div>
      {error !== null && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />
        </p>
      )}
    </>
  );
}
