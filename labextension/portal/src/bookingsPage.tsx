/** The page of everybody: what runs, the calendar, my bookings, my hours. */

import * as React from 'react';

import { Booking } from '../../src/api';
import { Draft, draftOf, emptyDraft } from '../../src/ui';
import { CalendarCard } from './calendarCard';
import { BookDialog, DetailsDialog } from './dialogs';
import { useDragged } from './dragged';
import { Hours } from './hours';
import { useLiveState } from './live';
import { MyBookings } from './myBookings';
import { Notices } from './notices';
import { Projects } from './projects';
import { RightNow } from './rightNow';
import { useServices } from './services';
import { SubscribeDialog } from './subscribe';
import { Templates } from './templates';

/** Which dialog is open. */
export type Opened =
  | { kind: 'book'; draft: Draft; booking?: Booking }
  | { kind: 'details'; booking: Booking }
  | { kind: 'subscribe' }
  | null;

export function BookingsPage(): JSX.Element {
  const { clock } = useServices();
  const state = useLiveState();
  const [opened, setOpened] = React.useState<Opened>(null);
  const close = () => setOpened(null);
  const move = (booking: Booking, draft = draftOf(booking)) => setOpened({ kind: 'book', draft, booking });
  const dragged = useDragged(move);
  const book = (part: Partial<Draft>) => {
    if (state) {
      setOpened({ kind: 'book', draft: { ...emptyDraft(state.pools, clock.now()), ...part } });
    }
  };
  return (
    <>
      <div className="portal-Title">
        <h1>GPUs</h1>
        <div className="portal-Title-buttons">
          <button type="button" className="maia-Button" disabled={!state} onClick={() => setOpened({ kind: 'subscribe' })}>
            Subscribe
          </button>
          <button type="button" className="maia-Button maia-mod-primary" disabled={!state} onClick={() => book({})}>
            Book a GPU
          </button>
        </div>
      </div>
      {state && <Notices state={state} />}
      {state && <RightNow state={state} />}
      <CalendarCard
        version={state?.calendar_version ?? null}
        onPick={pick => book({ ...pick, immediate: false })}
        onOpen={booking => setOpened({ kind: 'details', booking })}
        onChange={dragged}
      />
      <div className="portal-Columns">
        <MyBookings state={state} onMove={booking => move(booking)} onBook={() => book({})} />
        <div className="portal-Side">
          <Templates />
          <Hours version={state?.calendar_version ?? null} />
          <Projects version={state?.calendar_version ?? null} />
        </div>
      </div>
      {opened?.kind === 'book' && state && (
        <BookDialog pools={state.pools} draft={opened.draft} booking={opened.booking} onClose={close} />
      )}
      {opened?.kind === 'subscribe' && state && <SubscribeDialog pools={state.pools} onClose={close} />}
      {opened?.kind === 'details' && <DetailsDialog booking={opened.booking} onClose={close} onMove={booking => move(booking)} />}
    </>
  );
}
