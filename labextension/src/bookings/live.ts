/** React hooks over the stream and the API. */

import * as React from 'react';

import { State } from '../api';
import { StreamStatus } from '../stream';
import { useAround } from './around';

export function useLiveState(): State | null {
  const { stream } = useAround();
  const [state, setState] = React.useState<State | null>(stream.state);
  React.useEffect(() => stream.on('state', setState), [stream]);
  return state;
}

export function useHealth(): StreamStatus {
  const { stream } = useAround();
  const [status, setStatus] = React.useState<StreamStatus>(stream.status);
  React.useEffect(() => stream.on('status', setStatus), [stream]);
  return status;
}

export interface Loaded<T> {
  value: T | null;
  error: unknown;
  reload: () => void;
}

/**
 * The result of `load`, loaded anew when one of `keys` changes, and after a failure once the service is back. The old
 * value stays until the new one is there.
 */
export function useLoaded<T>(load: () => Promise<T>, keys: unknown[]): Loaded<T> {
  const [value, setValue] = React.useState<T | null>(null);
  const [error, setError] = React.useState<unknown>(null);
  const [round, setRound] = React.useState(0);
  React.useEffect(() => {
    let current = true;
    load().then(
      loaded => {
        if (current) {
          setValue(loaded);
          setError(null);
        }
      },
      failure => current && setError(failure)
    );
    return () => {
      current = false;
    };
    // The keys say what `load` depends on; the function itself is new at every rendering.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [...keys, round]);
  const { health } = useHealth();
  const failed = React.useRef(false);
  failed.current = error !== null;
  React.useEffect(() => {
    if ((health === 'live' || health === 'asking') && failed.current) {
      setRound(n => n + 1);
    }
  }, [health]);
  return { value, error, reload: () => setRound(n => n + 1) };
}
