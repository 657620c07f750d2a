/** What a server's models learn, told as it happens for as long as somebody looks. */

import * as React from 'react';

import { Feed, FeedEvent } from '../feed';
import { useAround } from './around';
import type { Learning } from './records';

export interface Lessons {
  learning: Learning | null;
  error: unknown;
  /** The connection is lost: what is shown may be old. */
  lost: boolean;
}

const UNKNOWN: Lessons = { learning: null, error: null, lost: false };

/** `open`: somebody looks at this part. */
export function useLessons(name: string, open: boolean): Lessons {
  const { model } = useAround();
  const [lessons, setLessons] = React.useState(UNKNOWN);
  const looked = open && model.seen;
  React.useEffect(() => {
    if (!looked) {
      return;
    }
    let known: Learning | null = null;
    const take = ({ kind, value }: FeedEvent) => {
      if (kind !== 'lost') {
        known = value as Learning;
        setLessons({ learning: known, error: null, lost: false });
      } else if (known) {
        setLessons({ learning: known, error: null, lost: true });
      } else {
        // A stream says nothing of why it cannot be had.
        model.api.learning(name).then(
          value => take({ kind: 'learning', value }),
          (error: unknown) => setLessons({ learning: null, error, lost: true })
        );
      }
    };
    const feed = new Feed(model.api.url(name, 'learning', 'events'), ['learning'], take);
    feed.start(() => known);
    return () => feed.stop();
  }, [name, looked]);
  return lessons;
}
