/** The versions of a model, and the question whether another one is to be used. */

import * as React from 'react';

import { Sparkline } from '../tools/sparkline';
import { Dialog, ErrorText, useTrans } from '../ui';
import { moment, ms } from '../ui/time';
import { useAround } from './around';
import { TextField } from './fields';
import type { LossPoint, Server, TaughtModel, Version } from './records';
import { comparedWord, labelsWord, versionWord } from './words';

export function Loss({ loss }: { loss: LossPoint[] }): JSX.Element {
  const trans = useTrans();
  return <Sparkline metric={trans.__('loss')} values={loss.map(([, value]) => value)} />;
}

function inUse({ used, versions }: TaughtModel): Version | undefined {
  return versions.find(({ number }) => number === used);
}

interface AskProps {
  server: Server;
  model: TaughtModel;
  /** 0: as it came. */
  wanted: number;
  onClose: () => void;
}

function UseDialog({ server, model, wanted, onClose }: AskProps): JSX.Element {
  const trans = useTrans();
  const { api } = useAround().model;
  const [why, setWhy] = React.useState('');
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<unknown>(null);
  const version = model.versions.find(({ number }) => number === wanted);
  const use = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await api.promote(server.name, model.name, wanted, why);
      onClose();
    } catch (reason) {
      setError(reason);
      setBusy(false);
    }
  };
  return (
    <Dialog title={trans.__('%1: use %2?', model.name, versionWord(trans, wanted))} onClose={onClose}>
      <form onSubmit={event => void use(event)}>
        <p>{trans.__('It takes the place of %1, at once and for everybody who annotates here. You can go back at any time.', versionWord(trans, model.used))}</p>
        {version && <p>{comparedWord(trans, version, inUse(model))}</p>}
        <TextField label={trans.__('Why')} hint={trans.__('Kept beside your name. You may leave it empty.')} value={why} set={setWhy} />
        {error !== null && (
          <p className="maia-Error" role="alert">
            <ErrorText error={error} />
          </p>
        )}
        <div className="maia-Tool-actions">
          <button type="submit" className="maia-Button maia-mod-primary" disabled={busy}>
            {trans.__('Use %1', versionWord(trans, wanted))}
          </button>
          <button type="button" className="maia-Button" onClick={onClose}>
            {trans.__('Cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface RowProps {
  number: number;
  model: TaughtModel;
  may: boolean;
  ask: (number: number) => void;
  children: React.ReactNode;
}

function Row({ number, model, may, ask, children }: RowProps): JSX.Element {
  const trans = useTrans();
  const used = number === model.used;
  return (
    <li className="maia-MonaiLabel-item" aria-current={used ? 'true' : undefined}>
      <div className="maia-Tool-row">
        <strong className="maia-MonaiLabel-version">{versionWord(trans, number)}</strong>
        {used && <span className="maia-MonaiLabel-used">{trans.__('in use')}</span>}
      </div>
      {children}
      {used && (model.why || model.by) && (
        <p className="maia-Tool-soft">{model.by ? trans.__('Chosen by %1. %2', model.by, model.why) : trans.__('Chosen by the rules: %1', model.why)}</p>
      )}
      {!used && may && (
        <button className="maia-Chip" onClick={() => ask(number)}>
          {number > model.used ? trans.__('Use it…') : trans.__('Go back to it…')}
          <span className="maia-visuallyHidden"> {`${model.name}, ${versionWord(trans, number)}`}</span>
        </button>
      )}
    </li>
  );
}

function Facts({ version, used }: { version: Version; used: Version | undefined }): JSX.Element {
  const trans = useTrans();
  const { by, at, run } = version;
  const when = moment(ms(at), Date.now());
  return (
    <>
      <p>
        {comparedWord(trans, version, used)} <Loss loss={version.loss} />
      </p>
      <p className="maia-Tool-soft">
        {labelsWord(trans, version)} {by ? trans.__('%1, asked for by %2.', when, by) : trans.__('%1, by itself.', when)}{' '}
        {run.page && (
          <a className="maia-Tool-link" href={run.page} target="_blank" rel="noopener noreferrer">
            MLflow
            <span className="maia-visuallyHidden"> {versionWord(trans, version.number)}</span>
          </a>
        )}
      </p>
    </>
  );
}

export function Versions({ server, model }: { server: Server; model: TaughtModel }): JSX.Element {
  const trans = useTrans();
  const [wanted, ask] = React.useState<number | null>(null);
  const ready = server.state === 'ready';
  const used = inUse(model);
  const newest = [...model.versions].reverse();
  if (!newest.length) {
    return <p>{trans.__('No version yet: the first comes of the first training.')}</p>;
  }
  return (
    <>
      {!ready && <p className="maia-Tool-soft">{trans.__('Another version is chosen while MONAI Label runs.')}</p>}
      <ul aria-label={trans.__('Versions of %1', model.name)}>
        {newest.map(version => (
          <Row key={version.number} number={version.number} model={model} may={ready} ask={ask}>
            <Facts version={version} used={used} />
          </Row>
        ))}
        <Row number={0} model={model} may={ready} ask={ask}>
          <p className="maia-Tool-soft">{trans.__('Before it learnt anything here.')}</p>
        </Row>
      </ul>
      {wanted !== null && <UseDialog server={server} model={model} wanted={wanted} onClose={() => ask(null)} />}
    </>
  );
}
