/** The times that I wait for, among my bookings. */

import * as React from 'react';

import { State } from '../../src/api';
import { Waitlist } from '../../src/ui';
import { useServices } from './services';
import { useSay, useTry } from './toast';

export function MyWaitlist({ state }: { state: State | null }): JSX.Element | null {
  const { api, clock } = useServices();
  const say = useSay();
  const attempt = useTry();
  if (!state?.waitlist.length) {
    return null;
  }
  const act = (action: () => Promise<unknown>, text: string) =>
    void attempt(async () => {
      await action();
      say({ text });
    });
  return (
    <>
      <h3 className="portal-Subtitle">Waiting for a time that is taken</h3>
      <Waitlist
        clock={clock}
        entries={state.waitlist}
        onAccept={entry => act(() => api.acceptWish(entry.id), 'It is your booking now.')}
        onDecline={entry => act(() => api.declineWish(entry.id), 'The next one has it.')}
        onWithdraw={entry => act(() => api.withdrawWish(entry.id), 'You no longer wait for it.')}
      />
    </>
  );
}
