/** What the components stand in. */

import * as React from 'react';

import { useChanges } from '../changes';
import type { Actions } from './actions';
import type { ImagesModel } from './model';
import type { Thumbnails } from './thumbnails';
import type { Uploads } from './uploads';

export interface Around {
  model: ImagesModel;
  actions: Actions;
  thumbnails: Thumbnails;
  uploads: Uploads;
}

export const AroundContext = React.createContext<Around | null>(null);

/** The model and what can be done, and a new picture whenever anything changes. */
export function useAround(): Around {
  const around = React.useContext(AroundContext) as Around;
  useChanges(around.model, around.uploads);
  return around;
}
