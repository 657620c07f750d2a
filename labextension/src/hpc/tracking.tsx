/** A job that is over as a run of MLflow. */

import * as React from 'react';

import { ErrorText, useTrans } from '../ui';
import { useAround } from './around';
import { GivenUp } from './model';
import type { Job, Tracked } from './records';

/** The run that a job has become, null before; and how it is set when it becomes one here. */
function useRun(job: Job): [Tracked | null, (run: Tracked) => void] {
  const { model } = useAround();
  const [run, setRun] = React.useState<Tracked | null>(null);
  React.useEffect(() => {
    model.api.job(job.token).then(
      page => setRun(page.run),
      () => undefined // the section of the script says why
    );
  }, [model, job.token]);
  return [run, setRun];
}

/** The way to a run's page: in the tab of the project's MLflow, or at an address of its own. */
function Open({ run }: { run: Tracked }): JSX.Element | null {
  const trans = useTrans();
  const { actions } = useAround();
  if (run.address) {
    return (
      <a href={run.address} target="_blank" rel="noopener noreferrer">
        {trans.__('Open')}
      </a>
    );
  }
  const open = actions.openerOf(run);
  return (
    open && (
      <button type="button" className="maia-Tool-link" onClick={open}>
        {trans.__('Open')}
      </button>
    )
  );
}

function Said({ run }: { run: Tracked | null }): JSX.Element {
  const trans = useTrans();
  const params = trans._n('%1 parameter', '%1 parameters', run?.params ?? 0);
  const metrics = trans._n('%1 metric', '%1 metrics', run?.metrics ?? 0);
  return (
    <p role="status" className={run ? '' : 'maia-Hpc-soft'}>
      {run
        ? trans.__('Tracked as run %1 of “%2”: %3, %4.', run.run.slice(0, 8), run.experiment, params, metrics)
        : trans.__('A run gets what the job wrote to params.json, metrics.json and metrics.jsonl, its script and its log.')}{' '}
      {run && <Open run={run} />}
    </p>
  );
}

/** Nothing before a job is over, and where there is no MLflow. */
export function Tracking({ job }: { job: Job }): JSX.Element | null {
  const trans = useTrans();
  const { model } = useAround();
  const [run, setRun] = useRun(job);
  const [patterns, setPatterns] = React.useState('');
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<unknown>(null);
  const id = React.useId();
  if (!job.over || !(model.systems.tracking || run)) {
    return null;
  }
  const track = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      setRun(await model.track(job.token, patterns.split(' ').filter(Boolean)));
    } catch (failed) {
      setError(failed instanceof GivenUp ? null : failed);
    }
    setBusy(false);
  };
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{trans.__('MLflow')}</h2>
      <Said run={run} />
      <form className="maia-Form-row" onSubmit={event => void track(event)}>
        <div className="maia-Field maia-mod-grow">
          <label htmlFor={`${id}-files`}>{trans.__('Further files')}</label>
          <input id={`${id}-files`} value={patterns} onChange={event => setPatterns(event.target.value)} />
          <small>{trans.__('As in .gitignore, with spaces between: *.pt plots/')}</small>
        </div>
        <button className="maia-Button" disabled={busy || !model.systems.tracking}>
          {busy ? trans.__('Writing to MLflow…') : run ? trans.__('Track again') : trans.__('Track in MLflow')}
        </button>
      </form>
      {error !== null && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />
        </p>
      )}
    </section>
  );
}
