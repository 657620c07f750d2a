/** The fact that matters of each kind of tool. */

import * as React from 'react';

import { sizeWord } from '../hpc/words';
import { useTrans } from '../ui';
import { useAround } from './around';
import type { Bucket, Card, Run } from './records';
import { Sparkline } from './sparkline';
import { numberWord } from './words';

const MOST = 5;

function RunLine({ card, run }: { card: Card; run: Run }): JSX.Element {
  const { actions } = useAround();
  const last = run.values[run.values.length - 1];
  const { url } = run;
  return (
    <li className="maia-Tool-row">
      {url ? (
        <button className="maia-Tool-link" onClick={() => actions.open(card, url)}>
          {run.name}
        </button>
      ) : (
        <span className="maia-Tool-name">{run.name}</span>
      )}
      {run.metric && last !== undefined && (
        <span className="maia-Tool-metric">
          <Sparkline metric={run.metric} values={run.values} />
          <span>
            {run.metric} {numberWord(last)}
          </span>
        </span>
      )}
    </li>
  );
}

function Runs({ card, runs }: { card: Card; runs: Run[] }): JSX.Element {
  const trans = useTrans();
  if (!runs.length) {
    return <p className="maia-Tool-soft">{trans.__('No run yet: mlflow.start_run() in a notebook makes the first.')}</p>;
  }
  return (
    <ul aria-label={trans.__('Last runs')}>
      {runs.slice(0, MOST).map((run, at) => (
        <RunLine key={run.url ?? at} card={card} run={run} />
      ))}
    </ul>
  );
}

function Buckets({ buckets }: { buckets: Bucket[] }): JSX.Element {
  const trans = useTrans();
  if (!buckets.length) {
    return <p className="maia-Tool-soft">{trans.__('No bucket yet.')}</p>;
  }
  return (
    <ul aria-label={trans.__('Buckets')}>
      {buckets.slice(0, MOST).map(({ name, bytes, objects }) => (
        <li className="maia-Tool-row" key={name}>
          <span className="maia-Tool-name">{name}</span>
          <span className="maia-Tool-soft">
            {objects !== null && `${trans._n('%1 object', '%1 objects', objects)}, `}
            {bytes !== null && sizeWord(bytes)}
          </span>
        </li>
      ))}
      {buckets.length > MOST && <li className="maia-Tool-soft">{trans.__('and %1 more', buckets.length - MOST)}</li>}
    </ul>
  );
}

export function Facts({ card }: { card: Card }): JSX.Element | null {
  const trans = useTrans();
  const { runs, buckets, studies, bytes } = card.fact ?? {};
  if (runs) {
    return <Runs card={card} runs={runs} />;
  }
  if (buckets) {
    return <Buckets buckets={buckets} />;
  }
  if (studies !== undefined) {
    const held = trans._n('%1 study', '%1 studies', studies);
    return <p>{bytes === undefined ? held : trans.__('%1, %2 used', held, sizeWord(bytes))}</p>;
  }
  return null;
}
