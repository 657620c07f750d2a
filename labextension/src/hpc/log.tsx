/** A job's log, while it is written. */

import * as React from 'react';

import type { Problem } from '../api';
import { listening } from '../listening';
import { useTrans } from '../ui';
import { useAround } from './around';
import type { Job } from './records';

/** Characters that are kept in the page; what was before them is in the file. */
const LONGEST = 400_000;
/** Milliseconds until a log is asked for again. */
const RETRY = 5000;
const ESCAPES = /\u001b(\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(\u0007|\u001b\\)|[@-Z\\-_])/g;

/** Text as a terminal would leave it: without colours, and of a line that was written over what came last. */
export function settled(text: string): string {
  return text
    .replace(ESCAPES, '')
    .replace(/\r+\n/g, '\n')
    .replace(/^.*\r(?=.)/gm, '');
}

interface Read {
  text: string;
  skipped: boolean;
  ended: boolean;
  problem: Problem | null;
}

const NOTHING: Read = { text: '', skipped: false, ended: false, problem: null };

/**
 * Follow a log for as long as it is looked at. The browser goes on where it was if the connection breaks; where it gives
 * up, as when the server restarts, the log is read anew.
 */
function useLog(url: string, looking: boolean): Read {
  const [read, setRead] = React.useState(NOTHING);
  const [anew, again] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    if (!looking) {
      return;
    }
    setRead(NOTHING);
    const source = listening(url);
    source.addEventListener('piece', event => {
      const piece = JSON.parse((event as MessageEvent<string>).data) as { text: string; skipped: number };
      setRead(before => {
        const text = before.text + piece.text;
        const cut = text.length > LONGEST;
        return { ...before, text: cut ? text.slice(-LONGEST) : text, skipped: before.skipped || cut || piece.skipped > 0 };
      });
    });
    source.addEventListener('end', () => {
      source.close();
      setRead(before => ({ ...before, ended: true }));
    });
    source.addEventListener('problem', event => {
      source.close();
      setRead(before => ({ ...before, problem: JSON.parse((event as MessageEvent<string>).data) as Problem }));
    });
    let timer = 0;
    source.onerror = () => {
      if (source.readyState === source.CLOSED) {
        timer = window.setTimeout(again, RETRY);
      }
    };
    return () => {
      window.clearTimeout(timer);
      source.close();
    };
  }, [url, looking, anew]);
  return read;
}

/** Keeps the end in view, unless somebody has scrolled up to read. */
function useTail(text: string): React.RefObject<HTMLPreElement> {
  const box = React.useRef<HTMLPreElement>(null);
  const atEnd = React.useRef(true);
  React.useLayoutEffect(() => {
    const node = box.current;
    if (node && atEnd.current) {
      node.scrollTop = node.scrollHeight;
    }
  }, [text]);
  React.useEffect(() => {
    const node = box.current;
    const look = () => {
      atEnd.current = !node || node.scrollHeight - node.scrollTop - node.clientHeight < 30;
    };
    node?.addEventListener('scroll', look);
    return () => node?.removeEventListener('scroll', look);
  }, []);
  return box;
}

function useNames(job: Job): string[] {
  const { model } = useAround();
  const [names, setNames] = React.useState<string[]>([]);
  React.useEffect(() => {
    model.api.logs(job.token).then(setNames, () => setNames([]));
  }, [model, job.token, job.state]);
  return names;
}

export function Log({ job, looking }: { job: Job; looking: boolean }): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const names = useNames(job);
  const [name, setName] = React.useState('');
  const [tries, setTries] = React.useState(0);
  const { text, skipped, ended, problem } = useLog(`${model.api.logUrl(job.token, name)}&try=${tries}`, looking);
  const shown = React.useMemo(() => settled(text), [text]);
  const box = useTail(shown);
  const signIn = async () => {
    await actions.signIn(job.system);
    setTries(tries + 1);
  };
  return (
    <section aria-labelledby="maia-hpc-log">
      <h2 id="maia-hpc-log">{trans.__('Log')}</h2>
      {names.length > 1 && (
        <select aria-label={trans.__('Which log')} value={name || names[0]} onChange={event => setName(event.target.value)}>
          {names.map(each => (
            <option key={each}>{each}</option>
          ))}
        </select>
      )}
      {problem && (
        <p className="maia-Error" role="alert">
          {problem.detail} {problem.advice}{' '}
          <button className="maia-Button" onClick={signIn}>
            {trans.__('Sign in and try again')}
          </button>
        </p>
      )}
      {skipped && <p className="maia-Hpc-soft">{trans.__('Only the end of a long log is shown; fetch the file for the whole.')}</p>}
      <pre className="maia-Hpc-log" ref={box} tabIndex={0} role="log" aria-label={trans.__('What the job writes')}>
        {shown}
      </pre>
      {!shown && !problem && (
        <p className="maia-Hpc-soft">
          {ended ? trans.__('It has written nothing.') : trans.__('Nothing yet: what the job writes appears here.')}
        </p>
      )}
    </section>
  );
}
