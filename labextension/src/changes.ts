/** Pictures that follow what they show. */

import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

interface Changing {
  changed: ISignal<unknown, unknown>;
}

/**
 * A new picture whenever one of these changes; they stay the same for as long as the component is there. It listens from
 * the moment that the picture stands: an answer that comes before the browser has painted it would be missed otherwise.
 */
export function useChanges(...sources: Changing[]): void {
  const [, again] = React.useReducer((count: number) => count + 1, 0);
  React.useLayoutEffect(() => {
    sources.forEach(each => each.changed.connect(again));
    return () => sources.forEach(each => void each.changed.disconnect(again));
  }, sources);
}
