/** The line for an idle GPU: join it, see your place, take what is offered. */

import * as React from 'react';

import type { Pool, QueuePlace } from '../api';
import type { Clock } from '../clock';
import { Countdown, useNow } from './countdown';
import { SimulatedBadge } from './simulated';
import { useTrans } from './text';
import { MINUTE, moment, ms } from './time';
import type { Words } from './words';

/** When a GPU can be expected, in words; nobody is promised a time that nobody knows. */
export function expectation(place: QueuePlace, now: number, trans: Words): string {
  if (!place.expected) {
    return trans.__('nobody knows yet when one comes free');
  }
  const at = ms(place.expected);
  return at <= now ? trans.__('expected at any moment') : trans.__('expected %1', moment(at, now));
}

interface PlaceProps {
  clock: Clock;
  place: QueuePlace;
  onTake: (place: QueuePlace) => void;
  onLeave: (place: QueuePlace) => void;
}

function Offer({ clock, place, onTake, onLeave }: PlaceProps): JSX.Element {
  const trans = useTrans();
  return (
    <>
      <p role="status">
        <strong>{trans.__('An idle %1 is there for you.', place.product)}</strong> <SimulatedBadge {...place} />
      </p>
      <p className="maia-Waiting-soft">
        {trans.__('It is kept for you for')} <Countdown clock={clock} to={ms(place.offer_until as string)} />.{' '}
        {trans.__('Documents are saved and your server restarts; what your kernels have in memory is lost.')}
      </p>
      <div className="maia-Waiting-do">
        <button type="button" className="maia-Button maia-mod-primary" onClick={() => onTake(place)}>
          {trans.__('Restart with the GPU')}
        </button>
        <button type="button" className="maia-Button" onClick={() => onLeave(place)}>
          {trans.__('Not now')}
        </button>
      </div>
    </>
  );
}

function Place(props: PlaceProps): JSX.Element {
  const trans = useTrans();
  const { clock, place, onLeave } = props;
  const now = useNow(clock, MINUTE);
  if (place.accepted) {
    return <p role="status">{trans.__('Your server is being restarted with the %1.', place.product)}</p>;
  }
  if (place.offer_until) {
    return <Offer {...props} />;
  }
  return (
    <>
      <p role="status">
        {trans.__('You wait for an idle %1.', place.product)} <SimulatedBadge {...place} />
      </p>
      <p className="maia-Waiting-soft">
        <strong>{trans.__('Place %1 in line', place.place)}</strong>
        {trans.__(', %1. You are asked when it is there.', expectation(place, now, trans))}
      </p>
      <div className="maia-Waiting-do">
        <button type="button" className="maia-Button" onClick={() => onLeave(place)}>
          {trans.__('Leave the line')}
        </button>
      </div>
    </>
  );
}

function Join({ pools, onJoin }: { pools: Pool[]; onJoin: (pool: string) => void }): JSX.Element {
  const trans = useTrans();
  const [chosen, setChosen] = React.useState(pools[0].id);
  const pool = pools.find(each => each.id === chosen) ?? pools[0];
  return (
    <div className="maia-Waiting-do">
      {pools.length > 1 && (
        <select
          aria-label={trans.__('Kind of GPU to wait for')}
          value={pool.id}
          onChange={event => setChosen(event.target.value)}
        >
          {pools.map(each => (
            <option key={each.id} value={each.id}>
              {each.product}
            </option>
          ))}
        </select>
      )}
      <button type="button" className="maia-Button" onClick={() => onJoin(pool.id)}>
        {pools.length > 1 ? trans.__('Wait for an idle one') : trans.__('Wait for an idle %1', pool.product)}
      </button>
    </div>
  );
}

export interface WaitingProps extends Omit<PlaceProps, 'place'> {
  places: QueuePlace[];
  /** What may be waited for; empty where the server has a GPU. */
  pools: Pool[];
  onJoin: (pool: string) => void;
}

export function Waiting({ places, pools, onJoin, ...parts }: WaitingProps): JSX.Element | null {
  const trans = useTrans();
  if (!places.length && !pools.length) {
    return null;
  }
  return (
    <div className="maia-Waiting" role="group" aria-label={trans.__('Waiting for an idle GPU')}>
      {places.map(place => (
        <div key={place.id} className={`maia-Waiting-place${place.offer_until ? ' maia-mod-offer' : ''}`}>
          <Place place={place} {...parts} />
        </div>
      ))}
      {!places.length && <Join pools={pools} onJoin={onJoin} />}
    </div>
  );
}
