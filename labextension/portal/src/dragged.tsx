/** What follows when somebody gave a booking another time on the timeline: it has it at once, and there is a way back. */

import * as React from 'react';

import { Booking, MaiaProblem } from '../../src/api';
import { Draft, ErrorText, Stretch, draftOf } from '../../src/ui';
import { iso, ms, span } from '../../src/ui/time';
import { notFollowing } from './bookingActions';
import { useServices } from './services';
import { useSay, useTry } from './toast';

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
  const { api, clock } = useServices();
  const say = useSay();
  const attempt = useTry();
  const { newest, replace } = useNewest();
  const undo = (before: Booking, after: Booking) =>
    attempt(async () => {
      const was = { start: ms(before.start), end: ms(before.end) };
      replace(after, await api.change(after.id, sent(after, was), after.etag));
      say({ text: `Back to ${span(was.start, was.end, clock.now())}.` });
    });
  return async (shown: Booking, to: Stretch): Promise<boolean> => {
    const booking = newest(shown);
    try {
      const changed = await api.change(booking.id, sent(booking, to), booking.etag);
      replace(booking, changed);
      const now = clock.now();
      const when = span(ms(changed.start), ms(changed.end), now);
      say({
        text: `Changed: ${changed.product}, ${when}.${notFollowing(changed, now)}`,
        action: { label: 'Undo', run: () => void undo(booking, changed) }
      });
      return true;
    } catch (error) {
      if (error instanceof MaiaProblem && error.refusals.length) {
        refused(booking, { ...draftOf(booking), ...to });
      } else {
        say({ text: <ErrorText error={error} />, error: true });
      }
      return false;
    }
  };
}
