/** What the models of a MONAI Label have learnt: the training that runs, and the versions, one of which is in use. */

import * as React from 'react';

import { ErrorText, Words, useTrans } from '../ui';
import { localised } from '../ui/errors';
import { moment, ms } from '../ui/time';
import { useAround } from './around';
import { useLessons } from './lessons';
import type { Server, TaughtModel, Training } from './records';
import { Loss, Versions } from './versions';
import { trainingWord } from './words';

function Lesson({ server, model, training }: { server: Server; model: string; training: Training }): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  const { state, why, device, progress, epoch, epochs, loss, since, wanted_by } = training;
  const goesOn = state !== 'failed';
  const last = loss.length ? loss[loss.length - 1][1] : NaN;
  return (
    <div className="maia-Tools-notice maia-MonaiLabel-notice">
      <p role="status">
        <strong>{trainingWord(trans, state)}</strong> {why && trans.__('Why: %1.', localised(why, Date.now()))}{' '}
        {state === 'interrupted' && device === 'cuda' && server.device === 'cpu' && trans.__('It began on a GPU, and waits until there is one.')}
      </p>
      {goesOn && (
        <div className="maia-Tool-progress">
          <progress aria-label={trans.__('Training of %1', model)} value={progress ?? undefined} max={1} />
          <span className="maia-Tool-soft">{epochs ? trans.__('epoch %1 of %2', epoch, epochs) : trans.__('preparing the images')}</span>
        </div>
      )}
      {loss.length > 0 && (
        <p className="maia-Tool-metric">
          <Loss loss={loss} />
          {trans.__('loss %1', Number(last.toPrecision(3)))}
        </p>
      )}
      <p className="maia-Tool-soft">
        {wanted_by ? trans.__('%1, asked for by %2', moment(ms(since), Date.now()), wanted_by) : trans.__('%1, by itself after new labels', moment(ms(since), Date.now()))}
      </p>
      {goesOn && (
        <button className="maia-Chip" onClick={() => void actions.stopTraining(server, model, training.name)}>
          {state === 'running' ? trans.__('Stop the training…') : trans.__('Give it up…')}
          <span className="maia-visuallyHidden"> {model}</span>
        </button>
      )}
    </div>
  );
}

/** When a model is trained next by itself. */
function Next({ model }: { model: TaughtModel }): JSX.Element | null {
  const trans = useTrans();
  if (model.training && model.training.state !== 'failed') {
    return null;
  }
  return (
    <p className="maia-Tool-soft">
      {model.waits_for ? trans.__('Not trained by itself now: %1.', model.waits_for) : trans.__('It is trained by itself when its turn comes.')}
    </p>
  );
}

function Model({ server, model }: { server: Server; model: TaughtModel }): JSX.Element {
  return (
    <>
      <h4>{model.name}</h4>
      {model.training && <Lesson server={server} model={model.name} training={model.training} />}
      <Next model={model} />
      <Versions server={server} model={model} />
    </>
  );
}

function nothing(trans: Words, server: Server): string {
  return server.state === 'ready'
    ? trans.__('Its models are not kept in versions: those of the app for radiology are, not those of a bundle.')
    : trans.__('It has learnt nothing here yet.');
}

function Known({ server, models }: { server: Server; models: TaughtModel[] }): JSX.Element {
  const trans = useTrans();
  if (!models.length) {
    return <p>{nothing(trans, server)}</p>;
  }
  return (
    <>
      {models.map(model => (
        <Model key={model.name} server={server} model={model} />
      ))}
      <p className="maia-Tool-soft">
        {trans.__('A new version is used by itself only if it is no worse on the same held-out labels. One that is worse, or that cannot be compared, waits until a person says so.')}
      </p>
    </>
  );
}

export function Taught({ server }: { server: Server }): JSX.Element {
  const trans = useTrans();
  const [open, setOpen] = React.useState(false);
  const { learning, error, lost } = useLessons(server.name, open);
  return (
    <details className="maia-MonaiLabel-inside" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        {trans.__('Versions and training')}
        <span className="maia-visuallyHidden"> {server.name}</span>
      </summary>
      {open && !learning && error === null && <p role="status">{trans.__('Looking…')}</p>}
      {error !== null && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />
        </p>
      )}
      {lost && learning && <p role="status">{trans.__('The server does not answer. What you see may be old.')}</p>}
      {learning && <Known server={server} models={learning.models} />}
    </details>
  );
}
