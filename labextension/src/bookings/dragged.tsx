/** What follows when somebody gave a booking another time on the timeline: it has it at once, and there is a way back. */

import * as React from 'react';

import { Booking, MaiaProblem } from '../api';
import { Draft, Stretch, draftOf, errorText, useTrans } from '../ui';
import { iso, ms, span } from '../ui/time';
import { useAround, useSay } from './around';
import { useTry } from './attempt';
import { notFollowing } from './states';

/** A start that stays is not sent: that of a booking which runs lies in the past. */
function sent(booking: Booking, { start, end }: Stretch): { start?: string; end: string } {
  return { start: start === ms(booking.start) ? undefined : iso(start), end: iso(end) };
}

/**
 * The newest version of a booking that this page knows: who changes it twice is faster than the calendar is loaded anew,
 * and is no second person.
 */
function useNewest() {
  const after = React.useRef(new Map<string, Booking>());
  const newest = (booking: Booking): Booking => {
    const newer = after.current.get(booking.etag);
    return newer ? newest(newer) : booking;
  };
  const replace = (before: Booking, now: Booking) => {
    after.current.set(before.etag, now);
    // It may be as it once was.
    after.current.delete(now.etag);
  };
  return { newest, replace };
}

/** `refused` is given the booking and what was wanted, to show which rule says no and which times would do. */
export function useDragged(refused: (booking: Booking, draft: Draft) => void) {
  const { api, clock } = useAround();
  const trans = useTrans();
  const say = useSay();
  const attempt = useTry();
  const { newest, replace } = useNewest();
  const undo = (before: Booking, after: Booking) =>
    attempt(async () => {
      const was = { start: ms(before.start), end: ms(before.end) };
      replace(after, await api.change(after.id, sent(after, was), after.etag));
      say({ text: trans.__('Back to %1.', span(was.start, was.end, clock.now())) });
    });
  return async (shown: Booking, to: Stretch): Promise<boolean> => {
    const booking = newest(shown);
    try {
      const changed = await api.change(booking.id, sent(booking, to), booking.etag);
      replace(booking, changed);
      const now = clock.now();
      const when = span(ms(changed.start), ms(changed.end), now);
      say({
        text: trans.__('Changed: %1, %2.', changed.product, when) + notFollowing(trans, changed, now),
        action: { label: trans.__('Undo'), run: () => void undo(booking, changed) }
      });
      return true;
    } catch (error) {
      if (error instanceof MaiaProblem && error.refusals.length) {
        refused(booking, { ...draftOf(booking), ...to });
      } else {
        say({ text: errorText(trans, error), error: true });
      }
      return false;
    }
  };
}
