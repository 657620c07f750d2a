/** How servers fare, and what is done with them, in words. */

import type { Words } from '../ui';
import type { Row } from './dataset';
import type { Server, ServerState, Task } from './records';

export function stateWord(trans: Words, state: ServerState): string {
  return {
    starting: trans.__('starting'),
    ready: trans.__('ready'),
    refused: trans.__('its app is refused'),
    died: trans.__('died'),
    stopped: trans.__('stopped')
  }[state];
}

/** A sign of its own for each: colour alone says nothing to many. */
export const SIGNS: Record<ServerState, string> = { starting: '◑', ready: '●', refused: '✕', died: '▲', stopped: '○' };

export function deviceWord(trans: Words, device: string): string {
  return { cuda: trans.__('on a GPU'), cpu: trans.__('on the CPU') }[device] ?? trans.__('on a GPU, if there is one');
}

export function doing(trans: Words, { kind, subject }: Task): string {
  return {
    prepare: trans.__('Preparing MONAI Label'),
    start: trans.__('Starting %1', subject),
    stop: trans.__('Stopping %1', subject)
  }[kind];
}

export function imagesWord(trans: Words, server: Server): string {
  return server.remote ? trans.__('The archive at %1', server.images) : server.images;
}

export function faresWord(trans: Words, { fares, by }: Row): string {
  const somebody = {
    labelled: trans.__('labelled by %1', by),
    taken: trans.__('in work: %1', by),
    proposed: trans.__('label proposed'),
    unlabelled: trans.__('unlabelled')
  };
  const nobody = { ...somebody, labelled: trans.__('labelled'), taken: trans.__('in work') };
  return (by ? somebody : nobody)[fares];
}

export function nextWord(trans: Words, image: string | undefined): string {
  return image ? trans.__('Next: %1', image) : trans.__('There is no image left to label.');
}
