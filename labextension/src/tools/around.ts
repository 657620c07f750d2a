/** What the components stand in. */

import * as React from 'react';

import type { Actions } from './actions';
import type { ToolsModel } from './model';

export interface Around {
  model: ToolsModel;
  actions: Actions;
}

export const AroundContext = React.createContext<Around | null>(null);

/** The model and what can be done, and a new picture whenever anything changes. */
export function useAround(): Around {
  const around = React.useContext(AroundContext) as Around;
  const [, again] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    around.model.changed.connect(again);
    return () => void around.model.changed.disconnect(again);
  }, [around.model]);
  return around;
}
