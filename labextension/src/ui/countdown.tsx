/** The time left, in the server's time, ticking on the full second. */

import * as React from 'react';

import { Clock } from '../clock';
import { MINUTE, SECOND, countdown, duration } from './time';

/** The server's time, renewed every `step` milliseconds. */
export function useNow(clock: Clock, step: number = SECOND): number {
  const [now, setNow] = React.useState(clock.now());
  React.useEffect(() => {
    let timer = 0;
    const tick = () => {
      setNow(clock.now());
      timer = window.setTimeout(tick, step - (clock.now() % step) + 5);
    };
    tick();
    return () => window.clearTimeout(timer);
  }, [clock, step]);
  return now;
}

export type Urgency = 'calm' | 'soon' | 'now';

export function urgency(left: number): Urgency {
  return left <= 2 * MINUTE ? 'now' : left <= 10 * MINUTE ? 'soon' : 'calm';
}

export interface CountdownProps {
  clock: Clock;
  /** The moment counted down to, in milliseconds since 1970. */
  to: number;
}

/** A screen reader hears the length in words when it comes by, not every second. */
export function Countdown({ clock, to }: CountdownProps): JSX.Element {
  const left = to - useNow(clock);
  return (
    <span className={`maia-Countdown maia-mod-${urgency(left)}`} role="timer" aria-label={duration(Math.max(0, left))}>
      <span aria-hidden="true">{countdown(left)}</span>
    </span>
  );
}
