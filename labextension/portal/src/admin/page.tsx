/** What only administrators see. Revoking a booking is in its details on the timeline. */

import * as React from 'react';

import { Alarms } from './alarms';
import { Audit } from './audit';
import { Outages } from './outages';
import { Processes } from './processes';
import { RulesCard } from './rules';
import { Waiting } from './waiting';

export function AdminPage(): JSX.Element {
  const [changes, setChanges] = React.useState(0);
  const changed = () => setChanges(n => n + 1);
  return (
    <>
      <div className="portal-Title">
        <h1>Administration</h1>
      </div>
      <p className="portal-Soft">To revoke a booking, open it in the timeline.</p>
      <Alarms />
      <Outages />
      <RulesCard onChanged={changed} />
      <Waiting onChanged={changed} />
      <Processes />
      <Audit changes={changes} />
    </>
  );
}
