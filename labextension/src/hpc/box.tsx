/** The box of a job under a notebook's cell. It lives from the server, not from a kernel, and so outlives any. */

import type { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import * as React from 'react';

import { ErrorText, useTrans } from '../ui';
import { moment, ms } from '../ui/time';
import { Around, useAround } from './around';
import { settled } from './log';
import { HpcWidget } from './panel';
import type { Glance, Job } from './records';
import { stateWord } from './words';

/** What `maia_lab.hpc.widget` shows. */
const MIME = 'application/vnd.maia.job+json';
/** Before widgets, which a notebook has at -10. */
const RANK = -20;
const LINES = 15;
/** Milliseconds between two looks at a job that runs, and at one that waits, whose system is to be spared. */
const RUNNING = 3000;
const WAITING = 30_000;
/** Milliseconds in which a job that a kernel has just submitted comes to be in the list. */
const LISTED = 15_000;

/** What a box knows of its job when the list does not. */
interface Named {
  token: string;
  name: string;
  system: string;
}

/** True while somebody can see it. */
function useSeen(node: React.RefObject<HTMLElement>): boolean {
  const [seen, setSeen] = React.useState(false);
  React.useEffect(() => {
    const observer = new IntersectionObserver(entries => setSeen(entries[entries.length - 1].isIntersecting));
    observer.observe(node.current as HTMLElement);
    return () => observer.disconnect();
  }, [node]);
  return seen;
}

/** Look at a job again and again while it is seen and not over, and once when it is; the last look stays. */
function useGlance(job: Job, seen: boolean): { glance: Glance | null; error: unknown } {
  const { model } = useAround();
  const [glance, setGlance] = React.useState<Glance | null>(null);
  const [error, setError] = React.useState<unknown>(null);
  React.useEffect(() => {
    let timer = 0;
    let current = seen;
    const look = async () => {
      const [found, failed] = await model.api.glance(job.token).then(
        value => [value, null],
        (problem: unknown) => [null, problem]
      );
      if (current) {
        setGlance(before => (found as Glance | null) ?? before);
        setError(failed);
        if (!job.over) {
          timer = window.setTimeout(look, job.state === 'PENDING' ? WAITING : RUNNING);
        }
      }
    };
    if (seen) {
      void look();
    }
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [model, job.token, job.state, job.over, seen]);
  return { glance, error };
}

function Waiting({ job, place }: { job: Job; place: [number, number] | null }): JSX.Element | null {
  const trans = useTrans();
  if (job.state !== 'PENDING') {
    return null;
  }
  const said = [
    place && trans.__('number %1 of %2 that wait', ...place),
    job.expected_start && trans.__('expected to start %1', moment(ms(job.expected_start), Date.now())),
    job.reason && `(${job.reason})`
  ].filter(Boolean);
  return said.length ? <div>{said.join(' ')}</div> : null;
}

function Box({ job }: { job: Job }): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const node = React.useRef<HTMLDivElement>(null);
  const { glance, error } = useGlance(job, useSeen(node));
  const lines = settled(glance?.tail ?? '').trimEnd().split('\n').slice(-LINES).join('\n');
  const trouble = model.lost ? trans.__('The server does not answer; this is what it said last.') : model.system(job.system)?.trouble;
  const exit = job.exit_code && job.exit_code !== '0:0' ? trans.__(' · exit status %1', job.exit_code) : '';
  return (
    <div ref={node}>
      <div role="status">
        <div>
          <strong>{stateWord(trans, job)}</strong> {job.name}
        </div>
        <div className="maia-Hpc-soft">
          {job.job_id ? trans.__('job %1 on %2', job.job_id, actions.title(job.system)) : actions.title(job.system)}
          {exit} · <code>%hpc {job.token}</code>{' '}
          <button className="maia-Chip" onClick={() => actions.open(job.token)}>
            {trans.__('Open it')}
          </button>
        </div>
        <Waiting job={job} place={glance?.place ?? null} />
        {job.advice && <div>{job.advice}</div>}
        {trouble && <div>{trans.__('No answer at present: %1', trouble)}</div>}
      </div>
      {error !== null && <ErrorText error={error} />}
      {glance?.percent != null && (
        <div>
          <progress max={100} value={glance.percent} aria-label={trans.__('Progress')} /> {glance.percent} %
        </div>
      )}
      {lines && (
        <pre className="maia-Hpc-log" role="log" aria-live="off" aria-label={trans.__('Log')} tabIndex={0}>
          {lines}
        </pre>
      )}
    </div>
  );
}

/** True from so many milliseconds after it was first shown. */
function useLate(after: number): boolean {
  const [late, setLate] = React.useState(false);
  React.useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), after);
    return () => window.clearTimeout(timer);
  }, [after]);
  return late;
}

function Content({ named }: { named: Named }): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const job = model.job(named.token);
  const late = useLate(LISTED);
  if (job) {
    return <Box job={job} />;
  }
  const where = trans.__('“%1” on %2', named.name, actions.title(named.system));
  return (
    <div role="status">
      {model.known && late ? trans.__('%1 is not in your list of jobs.', where) : trans.__('%1: asking this server for your jobs…', where)}
    </div>
  );
}

class BoxOutput extends HpcWidget implements IRenderMime.IRenderer {
  constructor(around: Around) {
    super(around);
    this.addClass('maia-Hpc');
    this.addClass('maia-Job');
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.named = model.data[MIME] as unknown as Named;
    this.update();
    return this.renderPromise ?? Promise.resolve();
  }

  protected content(): JSX.Element {
    return <div className="maia-ui">{this.named && <Content named={this.named} />}</div>;
  }

  private named: Named | null = null;
}

/** Draw the boxes of jobs in all notebooks and consoles. */
export function drawBoxes(rendermime: IRenderMimeRegistry, around: Around): void {
  rendermime.addFactory({ safe: true, mimeTypes: [MIME], createRenderer: () => new BoxOutput(around) }, RANK);
}
