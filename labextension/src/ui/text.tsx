/** The translator of the components below: JupyterLab's in Lab, plain English in the portal. */

import * as React from 'react';

import { ENGLISH, Words } from './words';

export const WordsContext = React.createContext<Words>(ENGLISH);

export function useTrans(): Words {
  return React.useContext(WordsContext);
}
