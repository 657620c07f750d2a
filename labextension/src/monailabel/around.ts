/** What the components stand in. */

import * as React from 'react';

import { useChanges } from '../changes';
import type { Actions } from './actions';
import type { MonaiLabelModel } from './model';

export interface Around {
  model: MonaiLabelModel;
  actions: Actions;
}

export const AroundContext = React.createContext<Around | null>(null);

/** The model and what can be done, and a new picture whenever anything changes. */
export function useAround(): Around {
  const around = React.useContext(AroundContext) as Around;
  useChanges(around.model);
  return around;
}
