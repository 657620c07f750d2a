/** Dialogs of a MONAI Label: what it writes, and what 3D Slicer signs in with. */

import * as React from 'react';

import { TextDialog, Value } from '../tools/secrets';
import { Dialog, ErrorText, useTrans } from '../ui';
import { clockTime, ms } from '../ui/time';
import { useAround } from './around';
import { Check } from './fields';
import type { Password, Server } from './records';

interface Props {
  server: Server;
  onClose: () => void;
}

export function LogDialog({ server, onClose }: Props): JSX.Element {
  const { model } = useAround();
  return <TextDialog title={server.name} ask={() => model.api.log(server.name)} onClose={onClose} />;
}

function Made({ server, made }: { server: Server; made: Password }): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  return (
    <>
      <p role="status">
        {trans.__('It is good once, until %1, and shown only here. 3D Slicer then stays signed in for eight hours.', clockTime(ms(made.until)))}
      </p>
      <dl>
        <Value name={trans.__('Server')} value={actions.door(server)} />
        <Value name={trans.__('User')} value={made.user} />
        <Value key={made.password} name={trans.__('Password')} value={made.password} secret />
      </dl>
    </>
  );
}

export function SlicerDialog({ server, onClose }: Props): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const [trains, setTrains] = React.useState(false);
  const [made, setMade] = React.useState<Password | null>(null);
  const [error, setError] = React.useState<unknown>(null);
  const make = async () => {
    setError(null);
    await model.api.password(server.name, trains ? 'monailabel-admin' : 'monailabel-annotator').then(setMade, setError);
  };
  return (
    <Dialog title={trans.__('3D Slicer: %1', server.name)} onClose={onClose}>
      <p>{trans.__('In 3D Slicer’s module “MONAI Label” name the server, and sign in with a password that is made here.')}</p>
      <p className="maia-Tools-notice">
        {trans.__('Slicer’s plug-in does not verify TLS certificates: it cannot tell this server from another that poses as it. Use it in a network that you trust.')}
      </p>
      {error !== null && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />
        </p>
      )}
      {made ? (
        <Made server={server} made={made} />
      ) : (
        <Check label={trans.__('Who has it may also train, and remove labels')} value={trains} set={setTrains} />
      )}
      <button className="maia-Button maia-mod-primary" onClick={() => void make()}>
        {made ? trans.__('Make another') : trans.__('Make a password')}
      </button>
    </Dialog>
  );
}
