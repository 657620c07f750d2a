/** What is being done with MONAI Label, and what failed. */

import * as React from 'react';

import { MaiaProblem } from '../api';
import { ErrorText, useTrans } from '../ui';
import { useAround } from './around';
import type { Task } from './records';
import { doing } from './words';

function Running({ task }: { task: Task }): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const name = doing(trans, task);
  const { share, doing: step } = task.progress ?? { share: null, doing: trans.__('Please wait…') };
  const said = share === null ? step : trans.__('%1 (%2%)', step, Math.round(100 * share));
  return (
    <li className="maia-Tool">
      <strong>{name}</strong>
      <div className="maia-Tool-progress">
        <progress aria-label={name} value={share ?? undefined} max={1} />
        <span className="maia-Tool-soft">{said}</span>
      </div>
      {task.kind !== 'stop' && (
        <button className="maia-Chip" onClick={() => void actions.told(model.api.giveUp(task.id))}>
          {trans.__('Cancel')}
          <span className="maia-visuallyHidden">: {name}</span>
        </button>
      )}
    </li>
  );
}

function Failed({ task }: { task: Task }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const name = doing(trans, task);
  return (
    <li className="maia-Tool">
      <div className="maia-Error" role="alert">
        <p>
          <strong>{trans.__('%1 failed.', name)}</strong> {task.problem && <ErrorText error={new MaiaProblem(task.problem)} />}
        </p>
        {!!task.problem?.given && <pre className="maia-MonaiLabel-given" tabIndex={0}>{String(task.problem.given)}</pre>}
        {!!task.problem?.allowed && <p>{trans.__('Allowed: %1', String(task.problem.allowed))}</p>}
        <button className="maia-Chip" onClick={() => model.dismiss(task.id)}>
          {trans.__('Hide')}
          <span className="maia-visuallyHidden">: {name}</span>
        </button>
      </div>
    </li>
  );
}

export function Doing(): JSX.Element | null {
  const trans = useTrans();
  const { model } = useAround();
  if (!model.tasks.length) {
    return null;
  }
  return (
    <section aria-labelledby="maia-monailabel-doing">
      <h2 id="maia-monailabel-doing">{trans.__('What is being done')}</h2>
      <ul>
        {model.tasks.map(task => (task.state === 'running' ? <Running key={task.id} task={task} /> : <Failed key={task.id} task={task} />))}
      </ul>
    </section>
  );
}
