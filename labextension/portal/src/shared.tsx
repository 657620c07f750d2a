/** What colleagues share with me. */

import * as React from 'react';

import { State, ToolShare } from '../../src/api';
import { useNow } from '../../src/ui';
import { MINUTE, moment, ms } from '../../src/ui/time';
import { useLoaded } from './live';
import { useServices } from './services';

function Shared({ share, now }: { share: ToolShare; now: number }): JSX.Element {
  const name = `MONAI Label “${share.tool}”`;
  return (
    <li className="portal-Booking">
      <div className="portal-Booking-main">
        <strong>{name}</strong>
        <small>
          of {share.owner}
          {share.project !== 'default' && `, project ${share.project}`}, until {moment(ms(share.until), now)}
        </small>
      </div>
      <a
        className="maia-Button"
        aria-label={`Open ${name} of ${share.owner}`}
        href={share.page}
        target="_blank"
        rel="noreferrer"
      >
        Open
      </a>
    </li>
  );
}

/** Asked for anew with each notice: whoever gets something is told. What ends meanwhile goes by itself. */
export function SharedWithMe({ state }: { state: State }): JSX.Element | null {
  const { api, clock, me } = useServices();
  const now = useNow(clock, MINUTE);
  const told = state.notices.map(notice => notice.id).join();
  const { value } = useLoaded(() => api.toolShares(), [api, told]);
  const shown = (value ?? []).filter(share => share.guest === me.user && ms(share.until) > now);
  if (!shown.length) {
    return null;
  }
  return (
    <section className="portal-Card" aria-labelledby="shared-with-me">
      <h2 id="shared-with-me">Shared with me</h2>
      <ul className="portal-Bookings">
        {shown.map(share => (
          <Shared key={share.id} share={share} now={now} />
        ))}
      </ul>
    </section>
  );
}
