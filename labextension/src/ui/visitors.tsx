/** Who else may open a server, and who was there. */

import * as React from 'react';

import type { Session } from '../api';
import { useTrans } from './text';
import { moment, ms } from './time';

const SHOWN = 3;

/** Nothing is shown of a server that nobody else may open or has opened. */
export function Visitors({ session, now }: { session: Session; now: number }): JSX.Element | null {
  const trans = useTrans();
  const { may_open = [], visits = [] } = session; // an older service says nothing of them
  if (!may_open.length && !visits.length) {
    return null;
  }
  return (
    <div className="maia-Visitors">
      {may_open.length > 0 && (
        <p>{trans.__('While your class runs, its staff may open this server: %1.', may_open.join(', '))}</p>
      )}
      {visits.length > 0 && (
        <ul aria-label={trans.__('Who was in this server')}>
          {visits.slice(0, SHOWN).map(visit => (
            <li key={visit.visitor + visit.since}>
              {visit.here
                ? trans.__('%1 is here, since %2.', visit.visitor, moment(ms(visit.since), now))
                : trans.__('%1 was here: %2.', visit.visitor, moment(ms(visit.since), now))}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
