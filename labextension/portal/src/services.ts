/** What every part of the portal uses: the API, the clock, the stream and the person. */

import * as React from 'react';

import { Api, MaiaProblem, Me } from '../../src/api';
import { Around } from '../../src/bookings';
import { Clock } from '../../src/clock';
import { Stream } from '../../src/stream';

export interface Services extends Around {
  me: Me;
  /** The hub's own path, such as `/hub/`. */
  hub: string;
}

export const ServicesContext = React.createContext<Services | null>(null);

export function useServices(): Services {
  const services = React.useContext(ServicesContext);
  if (!services) {
    throw new Error('No services: the component stands outside of ServicesContext.');
  }
  return services;
}

/** The page lies at the service's prefix, whatever that is. */
const BASE = new URL('.', location.href).pathname.replace(/\/$/, '');

/** Leave for the hub's sign-in and come back to where we are. */
export function signIn(): void {
  const next = location.pathname + location.search + location.hash;
  location.assign(`${BASE}/login?next=${encodeURIComponent(next)}`);
}

export async function connect(): Promise<Services> {
  const api = new Api({ base: BASE });
  const clock = new Clock();
  const me = await whoAmI(api);
  clock.sync(me.now);
  const signedIn = async () => {
    try {
      return (await api.me()).user === me.user;
    } catch (error) {
      if (error instanceof MaiaProblem && error.status === 401) {
        return false;
      }
      throw error;
    }
  };
  const stream = new Stream({
    url: api.eventsUrl,
    user: me.user,
    clock,
    signedIn,
    refusal: () => api.eventsRefusal(),
    stateNow: () => api.state()
  });
  stream.start();
  const hub = `${BASE.replace(/\/services\/[^/]+$/, '')}/hub/`;
  return { api, clock, stream, me, hub };
}

async function whoAmI(api: Api): Promise<Me> {
  try {
    return await api.me();
  } catch (error) {
    if (error instanceof MaiaProblem && error.status === 401) {
      signIn();
      // The browser is leaving: nothing more to show.
      return new Promise<Me>(() => undefined);
    }
    throw error;
  }
}
