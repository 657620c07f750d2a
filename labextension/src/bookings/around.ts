/** What everything about bookings uses of the page that it stands on: the API, the clock, the stream, and its messages. */

import * as React from 'react';

import { Api } from '../api';
import { Clock } from '../clock';
import { Stream } from '../stream';

export interface Message {
  text: string;
  error?: boolean;
  action?: { label: string; run: () => void };
}

export type Say = (message: Message) => void;

export interface Around {
  api: Api;
  clock: Clock;
  stream: Stream;
  /** Saves what is open before something ends that runs by a booking; false if that is not to go on. */
  save?: (booking: string) => Promise<boolean>;
}

export const AroundContext = React.createContext<Around | null>(null);

export function useAround(): Around {
  const around = React.useContext(AroundContext);
  if (!around) {
    throw new Error('Nothing around: the component stands outside of AroundContext.');
  }
  return around;
}

export const SayContext = React.createContext<Say>(() => undefined);

export function useSay(): Say {
  return React.useContext(SayContext);
}
