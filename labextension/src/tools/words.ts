/** How tools fare, in words. */

import type { Words } from '../ui';
import type { ToolState } from './records';

export function stateWord(trans: Words, state: ToolState): string {
  return {
    stopped: trans.__('stopped'),
    installing: trans.__('installing'),
    starting: trans.__('starting'),
    ready: trans.__('ready'),
    failing: trans.__('failing'),
    unreachable: trans.__('not reached')
  }[state];
}

/** A sign of its own for each: colour alone says nothing to many. */
export const SIGNS: Record<ToolState, string> = {
  stopped: '○',
  installing: '◔',
  starting: '◑',
  ready: '●',
  failing: '▲',
  unreachable: '✕'
};

/** A number as short as it is still told apart: 0.0312, 12.5, 1.2e-7. */
export function numberWord(value: number): string {
  return String(Number(value.toPrecision(3)));
}
