/** The systems in the panel: how each is, signing in, checking. */

import * as React from 'react';

import { useTrans } from '../ui';
import { useAround } from './around';
import { AddSystem } from './newSystem';
import type { Finding, System } from './records';
import { health } from './words';

function Findings({ found }: { found: Finding[] }): JSX.Element {
  const trans = useTrans();
  return (
    <dl className="maia-Hpc-findings">
      {found.map((each, at) => (
        <React.Fragment key={at}>
          <dt>{each.what}</dt>
          <dd className={each.good ? '' : 'maia-mod-bad'}>
            {each.good ? '' : `${trans.__('Not good')}: `}
            {each.said} {each.advice}
          </dd>
        </React.Fragment>
      ))}
    </dl>
  );
}

function SystemItem({ system }: { system: System }): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  const [busy, setBusy] = React.useState(false);
  const [found, setFound] = React.useState<Finding[]>();
  const { word, good } = health(trans, system);
  const doing = (action: () => Promise<unknown>) => async () => {
    setBusy(true);
    await action();
    setBusy(false);
  };
  const check = doing(async () => setFound(await actions.check(system.name)));
  const remote = !['local', 'open', 'files-only'].includes(system.connection);
  return (
    <li className="maia-Hpc-system">
      <div className="maia-Hpc-line">
        <span title={system.host}>{system.title}</span>
        <span className={`maia-Hpc-state ${good ? '' : 'maia-mod-bad'}`}>{word}</span>
      </div>
      {system.trouble && <p className="maia-Hpc-soft">{system.trouble}</p>}
      <div className="maia-Hpc-actions">
        {remote && (
          <button className="maia-Chip" disabled={busy} onClick={doing(() => actions.signIn(system.name))}>
            {trans.__('Sign in')}
            <span className="maia-visuallyHidden"> {system.title}</span>
          </button>
        )}
        <button className="maia-Chip" disabled={busy} onClick={check}>
          {trans.__('Check')}
          <span className="maia-visuallyHidden"> {system.title}</span>
        </button>
      </div>
      <div role="status">{found && <Findings found={found} />}</div>
    </li>
  );
}

export function Systems(): JSX.Element {
  const trans = useTrans();
  const { systems, broken } = useAround().model.systems;
  const none = systems.every(system => system.scheduler === 'local');
  return (
    <section aria-labelledby="maia-hpc-systems">
      <h2 id="maia-hpc-systems">{trans.__('Systems')}</h2>
      {none && (
        <p>
          {trans.__('You have no Slurm system yet. Jobs run as plain processes on this machine until you add one, which is good for trying things out.')}
        </p>
      )}
      <ul>
        {systems.map(system => (
          <SystemItem key={system.name} system={system} />
        ))}
      </ul>
      {broken.map(({ file, problem }) => (
        <p key={file} className="maia-Error" role="alert">
          {problem.detail} {problem.advice}
        </p>
      ))}
      <AddSystem />
    </section>
  );
}
