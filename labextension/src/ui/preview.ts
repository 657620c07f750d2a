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

const AGAIN = 3000;

/**
 * Asks anew some milliseconds after `key` has changed, which says all that the answer hangs on; null: nothing is asked.
 * An answer that is not `whole` is asked for again by and by.
 */
export function usePreview<C>(
  key: string | null,
  ask: () => Promise<C>,
  pause: number,
  whole: (check: C) => boolean = () => true
): Preview<C> {
  const [preview, setPreview] = React.useState<Preview<C>>({ kind: 'incomplete' });
  React.useEffect(() => {
    if (key === null) {
      setPreview({ kind: 'incomplete' });
      return;
    }
    let current = true;
    setPreview(before => ({ kind: 'asking', check: checkOf(before) }));
    let timer = 0;
    const look = () => {
      ask().then(
        check => {
          if (current) {
            setPreview({ kind: 'checked', check });
            timer = whole(check) ? 0 : window.setTimeout(look, AGAIN);
          }
        },
        (error: unknown) => current && setPreview({ kind: 'error', error })
      );
    };
    timer = window.setTimeout(look, pause);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [key, pause]);
  return preview;
}
