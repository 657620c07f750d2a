/** What is being done with images, and what became of it. */

import * as React from 'react';

import { MaiaProblem } from '../api';
import { ErrorText, useTrans } from '../ui';
import { sizeWord } from '../ui/size';
import { useAround } from './around';
import type { Converted, Sent, Task } from './records';
import type { Upload } from './uploads';
import { doing, progressWords, sentWords } from './words';

function Bringing({ upload }: { upload: Upload }): JSX.Element {
  const trans = useTrans();
  const said = trans.__('%1 of %2 files, %3 of %4', upload.done, upload.files, sizeWord(upload.bytes), sizeWord(upload.total));
  return (
    <li>
      <strong>{trans.__('Bringing files to the server')}</strong>
      <progress aria-label={trans.__('Bringing files')} max={upload.total || 1} value={upload.bytes} />
      <span className="maia-Images-soft">{said}</span>
      <button className="maia-Chip" onClick={upload.stop}>
        {trans.__('Stop')}
      </button>
    </li>
  );
}

function Running({ task }: { task: Task }): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const { progress } = task;
  const name = doing(trans, task);
  return (
    <li>
      <strong>{name}</strong>
      <progress aria-label={name} max={progress?.total || undefined} value={progress ? progress.done : undefined} />
      <span className="maia-Images-soft">{progressWords(trans, progress)}</span>
      <button className="maia-Chip" onClick={() => void actions.told(model.api.giveUp(task.id))}>
        {trans.__('Stop')}
      </button>
    </li>
  );
}

function Reasons({ sent }: { sent: Sent }): JSX.Element {
  const trans = useTrans();
  return (
    <details>
      <summary>{trans.__('What was refused, and why')}</summary>
      <ul className="maia-Images-reasons" tabIndex={0} aria-label={trans.__('Refused files')}>
        {sent.reasons.map(({ path, reason }, index) => (
          <li key={index}>
            <strong>{path}</strong> {reason}
          </li>
        ))}
      </ul>
      {sent.refused > sent.reasons.length && <p>{trans.__('… and %1 more', sent.refused - sent.reasons.length)}</p>}
    </details>
  );
}

function Outcome({ task }: { task: Task }): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  if (task.state === 'failed' && task.problem) {
    return <p className="maia-Error"><ErrorText error={new MaiaProblem(task.problem)} /></p>;
  }
  if (task.state === 'cancelled') {
    return <p className="maia-Images-soft">{trans.__('Stopped.')}</p>;
  }
  if (task.kind === 'convert') {
    const { paths, folder } = task.result as Converted;
    return (
      <p>
        {paths.join(', ')}{' '}
        <button className="maia-Chip" onClick={() => actions.go(folder)}>
          {trans.__('Go there')}
        </button>
      </p>
    );
  }
  const sent = task.result as Sent;
  return (
    <>
      <p>{sentWords(trans, sent)}</p>
      {sent.refused > 0 && <Reasons sent={sent} />}
    </>
  );
}

function Over({ task }: { task: Task }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const name = doing(trans, { ...task, doing: '' });
  return (
    <li>
      <strong>{name}</strong>
      <Outcome task={task} />
      <button className="maia-Chip" aria-label={trans.__('Hide: %1', name)} onClick={() => model.dismiss(task.id)}>
        {trans.__('Hide')}
      </button>
    </li>
  );
}

export function Doing(): JSX.Element | null {
  const trans = useTrans();
  const { model, uploads } = useAround();
  if (model.tasks.length === 0 && uploads.running.size === 0) {
    return null;
  }
  return (
    <section aria-labelledby="maia-images-doing">
      <h2 id="maia-images-doing">{trans.__('What is being done')}</h2>
      <ul className="maia-Images-doing">
        {[...uploads.running].map((upload, index) => (
          <Bringing key={index} upload={upload} />
        ))}
        {model.tasks.map(task => (task.state === 'running' ? <Running key={task.id} task={task} /> : <Over key={task.id} task={task} />))}
      </ul>
    </section>
  );
}
