/** Trying something, and saying so if it fails. */

import * as React from 'react';

import { errorText, useTrans } from '../ui';
import { useSay } from './around';

/** Runs an action and says so if it fails; true if it went well. */
export function useTry(): (action: () => Promise<unknown>) => Promise<boolean> {
  const say = useSay();
  const trans = useTrans();
  return React.useCallback(
    async action => {
      try {
        await action();
        return true;
      } catch (error) {
        say({ text: errorText(trans, error), error: true });
        return false;
      }
    },
    [say, trans]
  );
}
