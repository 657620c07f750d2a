/** A metric over its steps, as small as a word. */

import * as React from 'react';

import { useTrans } from '../ui';
import { numberWord } from './words';

const WIDTH = 72;
const HEIGHT = 18;
/** So that the line is not cut at the edges. */
const EDGE = 2;

/** The line through all values, from the left to the right edge. */
export function sparkPath(values: number[]): string {
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  const x = (at: number) => EDGE + (at / Math.max(1, values.length - 1)) * (WIDTH - 2 * EDGE);
  const y = (value: number) => (range ? HEIGHT - EDGE - ((value - low) / range) * (HEIGHT - 2 * EDGE) : HEIGHT / 2);
  return values.map((value, at) => `${at ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('');
}

export function Sparkline({ metric, values }: { metric: string; values: number[] }): JSX.Element | null {
  const trans = useTrans();
  const told = values.filter(Number.isFinite);
  if (told.length < 2) {
    return null;
  }
  const [first, last] = [told[0], told[told.length - 1]].map(numberWord);
  const [low, high] = [Math.min(...told), Math.max(...told)].map(numberWord);
  const label = trans.__('%1 over %2 steps: from %3 to %4, lowest %5, highest %6', metric, told.length, first, last, low, high);
  return (
    <svg className="maia-Tool-spark" role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT}>
      <title>{label}</title>
      <path d={sparkPath(told)} />
    </svg>
  );
}
