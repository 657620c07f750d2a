/** What would come of a form, asked while it is being filled in. */

import * as React from 'react';

/** While it asks anew it keeps what it knew, so that nothing jumps and no focus is lost. */
export type Preview<C> =
  | { kind: 'incomplete' }
  | { kind: 'asking'; check: C | null }
  | { kind: 'checked'; check: C }
  | { kind: 'error'; error: unknown };

/** The last answer, if there is one that may still be shown. */
export function checkOf<C>(preview: Preview<C>): C | null {
  return 'check' in preview ? preview.check : null;
}

/** Asks anew some milliseconds after `key` has changed, which says all that the answer hangs on; null: nothing is asked. */
export function usePreview<C>(key: string | null, ask: () => Promise<C>, pause: number): Preview<C> {
  const [preview, setPreview] = React.useState<Preview<C>>({ kind: 'incomplete' });
  React.useEffect(() => {
    if (key === null) {
      setPreview({ kind: 'incomplete' });
      return;
    }
    let current = true;
    setPreview(before => ({ kind: 'asking', check: checkOf(before) }));
    const timer = window.setTimeout(() => {
      ask().then(
        check => current && setPreview({ kind: 'checked', check }),
        (error: unknown) => current && setPreview({ kind: 'error', error })
      );
    }, pause);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [key, pause]);
  return preview;
}
