/** The page of everybody: what runs, the calendar, my bookings, my hours. */

import * as React from 'react';

import { State } from '../../src/api';
import { CalendarCard, Templates, useOpened } from '../../src/bookings';
import { Hours } from './hours';
import { useKeptView } from './keptView';
import { useHealth, useLiveState } from './live';
import { MyBookings } from './myBookings';
import { Notices } from './notices';
import { Projects } from './projects';
import { OpenToMe, RightNow } from './rightNow';
import { SharedWithMe } from './shared';
import { SubscribeDialog } from './subscribe';
import { ZoneChoice } from './zone';

/**
 * Waits for the first state: what is loaded with it is loaded once, and nothing comes in above a calendar that somebody is
 * about to click on. A service that does not tell it is not waited for.
 */
export function BookingsPage(): JSX.Element {
  const state = useLiveState();
  const { health } = useHealth();
  const shown = React.useRef(false);
  shown.current ||= state !== null || health !== 'connecting';
  if (!shown.current) {
    return <div className="maia-Skeleton" role="status" aria-label="Loading" />;
  }
  return <Bookings state={state} />;
}

function Bookings({ state }: { state: State | null }): JSX.Element {
  const [view, setView] = useKeptView();
  const [subscribing, setSubscribing] = React.useState(false);
  const { handlers, book, move, dialog } = useOpened(state?.pools ?? []);
  return (
    <>
      <div className="portal-Title">
        <h1>GPUs</h1>
        <div className="portal-Title-buttons">
          <button type="button" className="maia-Button" disabled={!state} onClick={() => setSubscribing(true)}>
            Subscribe
          </button>
          <button type="button" className="maia-Button maia-mod-primary" disabled={!state} onClick={() => book()}>
            Book a GPU
          </button>
        </div>
      </div>
      {state && <Notices state={state} />}
      {state && <RightNow state={state} />}
      {state && <OpenToMe state={state} />}
      {state && <SharedWithMe state={state} />}
      <CalendarCard
        className="portal-Card"
        version={state?.calendar_version ?? null}
        view={view}
        setView={setView}
        zone={<ZoneChoice />}
        {...handlers}
      />
      <div className="portal-Columns">
        <MyBookings state={state} onMove={move} onBook={() => book()} />
        <div className="portal-Side">
          <Templates className="portal-Card" />
          <Hours version={state?.calendar_version ?? null} />
          <Projects version={state?.calendar_version ?? null} />
        </div>
      </div>
      {dialog}
      {subscribing && state && <SubscribeDialog pools={state.pools} onClose={() => setSubscribing(false)} />}
    </>
  );
}
