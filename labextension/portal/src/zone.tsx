/** In which time zone the pages show and read times: the browser's own, or the site's. */

import * as React from 'react';

import { keepTimesIn, ownZone, zone } from '../../src/ui/time';
import { useServices } from './services';

const KEY = 'maia-zone';
const ZoneContext = React.createContext<(name: string) => void>(() => undefined);

/** Keeps the choice, and shows everything anew when it changes: times stand everywhere. */
export function Zoned({ children }: { children: (zone: string) => React.ReactNode }): JSX.Element {
  const { me } = useServices();
  const [shown, setShown] = React.useState(() => {
    keepTimesIn(localStorage.getItem(KEY) === 'site' ? me.zone : null);
    return zone();
  });
  const choose = (name: string) => {
    localStorage.setItem(KEY, name === ownZone() ? 'own' : 'site');
    keepTimesIn(name);
    setShown(zone());
  };
  return <ZoneContext.Provider value={choose}>{children(shown)}</ZoneContext.Provider>;
}

/** Names the zone; where the site's is another one than the browser's, either can be chosen. */
export function ZoneChoice(): JSX.Element {
  const { me } = useServices();
  const choose = React.useContext(ZoneContext);
  if (me.zone === ownZone()) {
    return <span>Times in {zone()}.</span>;
  }
  return (
    <label>
      Times in{' '}
      <select value={zone()} onChange={event => choose(event.target.value)}>
        <option value={ownZone()}>{ownZone()} (yours)</option>
        <option value={me.zone}>{me.zone} (the site’s)</option>
      </select>
    </label>
  );
}
