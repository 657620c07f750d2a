/** What is in a MONAI Label that runs: its models and its data set, asked for when somebody looks. */

import * as React from 'react';

import { ErrorText, useTrans } from '../ui';
import { moment } from '../ui/time';
import { useAround } from './around';
import { Row, rows } from './dataset';
import { SelectField } from './fields';
import { Proposals } from './proposals';
import type { Server } from './records';
import type { Background, Info, Kind, Sample } from './served';
import { faresWord, nextWord } from './words';

/** So many images are listed. */
const MOST = 40;

interface Known {
  info: Info;
  samples: Record<string, Sample>;
  taught: string[];
  doing: Record<Kind, Background | null>;
}

interface Looked {
  known: Known | null;
  error: unknown;
  busy: boolean;
  look: () => Promise<void>;
  /** Do something, then look again. */
  act: (doing: () => Promise<unknown>) => Promise<void>;
}

function useLooked(name: string): Looked {
  const { served } = useAround().model;
  const [known, setKnown] = React.useState<Known | null>(null);
  const [error, setError] = React.useState<unknown>(null);
  const [busy, setBusy] = React.useState(false);
  const act = async (doing: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await doing();
      const [info, samples, taught, train, infer] = await Promise.all([
        served.info(name),
        served.samples(name),
        served.taught(name),
        served.background(name, 'train'),
        served.background(name, 'infer')
      ]);
      setKnown({ info, samples, taught, doing: { train, infer } });
    } catch (reason) {
      setError(reason);
    }
    setBusy(false);
  };
  return { known, error, busy, act, look: () => act(() => Promise.resolve()) };
}

interface PartProps extends Looked {
  server: Server;
  known: Known;
}

function Computing({ server, known, act, busy }: PartProps): JSX.Element {
  const trans = useTrans();
  const { served } = useAround().model;
  const kinds = (['train', 'infer'] as const).filter(kind => known.doing[kind]);
  return (
    <>
      {kinds.map(kind => {
        const { request, details } = known.doing[kind] as Background;
        const model = request?.model ?? '';
        return (
          <div key={kind} className="maia-Tools-notice" role="status">
            <p>{kind === 'train' ? trans.__('%1 is being trained.', model) : trans.__('%1 proposes labels.', model)}</p>
            {!!details?.length && <p className="maia-Tool-soft">{details[details.length - 1]}</p>}
            {kind === 'train' && known.taught.includes(model) ? (
              <p>{trans.__('How far it is, and how it is stopped, is under “Versions and training”.')}</p>
            ) : (
              <button className="maia-Chip" disabled={busy} onClick={() => void act(() => served.stop(server.name, kind))}>
                {kind === 'train' ? trans.__('Stop the training') : trans.__('Stop it')}
              </button>
            )}
          </div>
        );
      })}
    </>
  );
}

function Models({ server, known, act, busy }: PartProps): JSX.Element {
  const trans = useTrans();
  const { served } = useAround().model;
  const { models = {}, trainers = {} } = known.info;
  const names = Object.keys(models).sort();
  const [said, say] = React.useState('');
  const train = async (name: string) => {
    say('');
    if (known.taught.includes(name)) {
      await served.teach(server.name, name);
      say(trans.__('%1 is trained when its turn comes, and the version that comes of it is scored and kept.', name));
    } else {
      await served.train(server.name, name);
      say(trans.__('No versions are kept of %1: what it learns now replaces what it knew.', name));
    }
  };
  return (
    <>
      <h4>{trans.__('Models')}</h4>
      {!names.length && <p>{trans.__('It has no model that can be used yet.')}</p>}
      <ul aria-label={trans.__('Models of %1', server.name)}>
        {names.map(name => (
          <li key={name} className="maia-MonaiLabel-item">
            <strong>{name}</strong>
            {server.untrained.includes(name) && <span className="maia-Tool-soft"> {trans.__('without weights')}</span>}
            {models[name].description && <p className="maia-Tool-soft">{models[name].description}</p>}
            <div className="maia-Tool-actions">
              <button
                className="maia-Chip"
                disabled={busy || !!known.doing.infer}
                onClick={() => void act(() => served.infer(server.name, name, server.device))}
              >
                {trans.__('Propose labels')}
                <span className="maia-visuallyHidden">: {name}</span>
              </button>
              {name in trainers && (
                <button className="maia-Chip" disabled={busy || !!known.doing.train} onClick={() => void act(() => train(name))}>
                  {trans.__('Train')}
                  <span className="maia-visuallyHidden"> {name}</span>
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
      <p role="status">{said}</p>
    </>
  );
}

function Image({ server, row }: { server: Server; row: Row }): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  const when = Number.isNaN(row.at) ? '' : moment(row.at, Date.now());
  return (
    <li className="maia-Tool-row">
      {row.study && server.viewer ? (
        <button className="maia-Tool-link" onClick={() => actions.openStudy(server, row.study)}>
          {row.id}
        </button>
      ) : (
        <span className="maia-Tool-name">{row.id}</span>
      )}
      <span className="maia-Tool-soft">{[faresWord(trans, row), when].filter(Boolean).join(', ')}</span>
    </li>
  );
}

function Next({ server, known, act, busy }: PartProps): JSX.Element | null {
  const trans = useTrans();
  const { model, actions } = useAround();
  const strategies = Object.keys(known.info.strategies ?? {}).sort();
  const [chosen, choose] = React.useState('');
  const [said, say] = React.useState('');
  if (!strategies.length) {
    return null;
  }
  const strategy = strategies.includes(chosen) ? chosen : strategies[0];
  const next = async () => {
    say('');
    const found = await model.served.next(server.name, strategy);
    say(nextWord(trans, found.id));
    if (found.StudyInstanceUID && server.viewer) {
      actions.openStudy(server, found.StudyInstanceUID);
    }
  };
  return (
    <>
      <div className="maia-MonaiLabel-folder">
        <SelectField label={trans.__('Next image by')} value={strategy} set={choose} options={strategies.map(name => [name, name])} />
        <button className="maia-Button" disabled={busy} onClick={() => void act(next)}>
          {trans.__('Next image')}
        </button>
      </div>
      <p role="status">{said}</p>
    </>
  );
}

function DataSet(props: PartProps): JSX.Element {
  const trans = useTrans();
  const { server, known } = props;
  const listed = rows(known.samples);
  const { total = listed.length, completed = listed.filter(({ fares }) => fares === 'labelled').length } = known.info.datastore ?? {};
  const unseen = total - listed.length;
  return (
    <>
      <h4>{trans.__('Data set')}</h4>
      <p>{total ? trans.__('%1 of %2 images are labelled.', completed, total) : trans.__('There is no image in it.')}</p>
      <Next {...props} />
      <Proposals server={server} count={listed.filter(({ fares }) => fares === 'proposed').length} />
      <ul aria-label={trans.__('Images of %1', server.name)}>
        {listed.slice(0, MOST).map(row => (
          <Image key={row.id} server={server} row={row} />
        ))}
      </ul>
      {listed.length > MOST && <p className="maia-Tool-soft">{trans.__('and %1 more', listed.length - MOST)}</p>}
      {unseen > 0 && <p className="maia-Tool-soft">{trans._n('%1 image has not been opened yet.', '%1 images have not been opened yet.', unseen)}</p>}
    </>
  );
}

export function Inside({ server }: { server: Server }): JSX.Element {
  const trans = useTrans();
  const looked = useLooked(server.name);
  const { known, error, busy, look } = looked;
  const onToggle = (event: React.SyntheticEvent<HTMLDetailsElement>) => {
    if (event.currentTarget.open && !known) {
      void look();
    }
  };
  return (
    <details className="maia-MonaiLabel-inside" onToggle={onToggle}>
      <summary>
        {trans.__('Models and data set')}
        <span className="maia-visuallyHidden"> {server.name}</span>
      </summary>
      {busy && !known && <p role="status">{trans.__('Asking MONAI Label…')}</p>}
      {error !== null && (
        <p className="maia-Error" role="alert">
          <ErrorText error={error} />
        </p>
      )}
      {known && <Computing {...looked} server={server} known={known} />}
      {known && <Models {...looked} server={server} known={known} />}
      {known && <DataSet {...looked} server={server} known={known} />}
      {(known || error !== null) && (
        <button className="maia-Chip" disabled={busy} onClick={() => void look()}>
          {trans.__('Look again')}
        </button>
      )}
    </details>
  );
}
