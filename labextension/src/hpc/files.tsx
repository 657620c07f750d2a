/** The files of a job's run folder, and fetching them. */

import * as React from 'react';

import { ErrorText, useTrans } from '../ui';
import { duration, moment } from '../ui/time';
import { useAround } from './around';
import type { FileEntry, Job, Task } from './records';
import { sizeWord } from './words';

function useFiles(job: Job, path: string, tries: number): { files: FileEntry[]; error: unknown } {
  const { model } = useAround();
  const [found, setFound] = React.useState<{ files: FileEntry[]; error: unknown }>({ files: [], error: null });
  React.useEffect(() => {
    let current = true;
    model.api.files(job.token, path).then(
      files => current && setFound({ files, error: null }),
      error => current && setFound({ files: [], error })
    );
    return () => {
      current = false;
    };
  }, [model, job.token, job.state, path, tries]);
  return found;
}

function Moving({ task }: { task: Task }): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const { progress } = task;
  const said = progress
    ? trans.__('%1 of %2, %3 a second', sizeWord(progress.bytes_done), sizeWord(progress.bytes_total), sizeWord(progress.rate))
    : trans.__('Looking what has to travel…');
  const left = progress?.remaining;
  return (
    <div className="maia-Hpc-moving">
      <progress
        aria-label={trans.__('Fetching')}
        max={progress?.bytes_total || undefined}
        value={progress ? progress.bytes_done : undefined}
      />
      <span>
        {said}
        {left ? `, ${trans.__('%1 left', duration(left * 1000))}` : ''}
      </span>
      <button className="maia-Button" onClick={() => void actions.told(model.api.giveUp(task.id))}>
        {trans.__('Stop fetching')}
      </button>
    </div>
  );
}

function Fetch({ job }: { job: Job }): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const [patterns, setPatterns] = React.useState('*');
  const [to, setTo] = React.useState(`results/${job.name.replace(/[^\w.-]+/g, '-')}-${job.job_id ?? job.token}`);
  const moving = model.tasks.find(task => task.kind === 'fetch' && task.subject === job.token);
  const fetch = (event: React.FormEvent) => {
    event.preventDefault();
    void actions.fetch(job, to, patterns.split(/\s+/).filter(Boolean));
  };
  if (moving) {
    return <Moving task={moving} />;
  }
  return (
    <form className="maia-Form-row" onSubmit={fetch} aria-label={trans.__('Fetch files')}>
      <div className="maia-Field maia-mod-grow">
        <label htmlFor={`patterns-${job.token}`}>{trans.__('Which files')}</label>
        <input id={`patterns-${job.token}`} value={patterns} onChange={event => setPatterns(event.target.value)} />
        <small>{trans.__('As in .gitignore, with spaces between: *.pt metrics/')}</small>
      </div>
      <div className="maia-Field maia-mod-grow">
        <label htmlFor={`to-${job.token}`}>{trans.__('To the folder')}</label>
        <input id={`to-${job.token}`} value={to} onChange={event => setTo(event.target.value)} />
        <small>{trans.__('In the file browser. What is there already does not travel again.')}</small>
      </div>
      <button className="maia-Button maia-mod-primary">{trans.__('Fetch')}</button>
    </form>
  );
}

function Rows({ files, open }: { files: FileEntry[]; open: (name: string) => void }): JSX.Element {
  const trans = useTrans();
  const now = Date.now();
  return (
    <div className="maia-TableScroll" tabIndex={0} role="group" aria-label={trans.__('Files of the job')}>
      <table className="maia-Table">
        <thead>
          <tr>
            <th scope="col">{trans.__('Name')}</th>
            <th scope="col">{trans.__('Size')}</th>
            <th scope="col">{trans.__('Changed')}</th>
          </tr>
        </thead>
        <tbody>
          {files.map(({ name, folder, size, modified }) => (
            <tr key={name}>
              <td>{folder ? <button className="maia-Chip" onClick={() => open(name)}>{name}/</button> : name}</td>
              <td>{folder ? '' : sizeWord(size)}</td>
              <td>{moment(modified * 1000, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Files({ job }: { job: Job }): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  const [path, setPath] = React.useState<string[]>([]);
  const [tries, setTries] = React.useState(0);
  const { files, error } = useFiles(job, path.join('/'), tries);
  const signIn = async () => {
    await actions.signIn(job.system);
    setTries(tries + 1);
  };
  return (
    <section aria-labelledby="maia-hpc-files">
      <h2 id="maia-hpc-files">{trans.__('Files')}</h2>
      {error !== null && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />{' '}
          <button className="maia-Button" onClick={signIn}>
            {trans.__('Sign in and list them')}
          </button>
        </p>
      )}
      <Fetch job={job} />
      <div className="maia-Hpc-actions">
        {path.length > 0 && (
          <button className="maia-Chip" onClick={() => setPath(path.slice(0, -1))}>
            {trans.__('Up from %1', path.join('/'))}
          </button>
        )}
        <button className="maia-Chip" onClick={() => setTries(tries + 1)}>
          {trans.__('List anew')}
        </button>
      </div>
      {files.length > 0 ? (
        <Rows files={files} open={name => setPath([...path, name])} />
      ) : (
        <p className="maia-Hpc-soft">{trans.__('No file yet.')}</p>
      )}
    </section>
  );
}
