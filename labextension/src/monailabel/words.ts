/** How servers fare, and what is done with them, in words. */

import type { Words } from '../ui';
import type { Row } from './dataset';
import type { Server, ServerState, Task, Training, Version } from './records';

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

export function trainingWord(trans: Words, state: Training['state']): string {
  return {
    running: trans.__('It is being trained.'),
    interrupted: trans.__('The training was interrupted, and goes on by itself when it can.'),
    failed: trans.__('The last training became no version.')
  }[state];
}

/** 0: as it came. */
export function versionWord(trans: Words, number: number): string {
  return number ? trans.__('version %1', number) : trans.__('the model as it came');
}

/** The data set of a version: how many labels, by whom. */
export function labelsWord(trans: Words, { labels, authors }: Version): string {
  const count = trans._n('Learnt from %1 label', 'Learnt from %1 labels', labels);
  const known = authors.filter(Boolean);
  return known.length ? trans.__('%1 by %2.', count, known.join(', ')) : `${count}.`;
}

/** How good a version is, and how good the one in use was, if that can be compared. */
export function comparedWord(trans: Words, version: Version, used: Version | undefined): string {
  if (version.score === null) {
    return trans.__('Not scored: no label was held out for that.');
  }
  const own = trans._n('Dice %2 on %1 held-out label', 'Dice %2 on %1 held-out labels', version.held_out, version.score.toFixed(3));
  if (!used || used.number === version.number || used.score === null) {
    return `${own}.`;
  }
  const other = used.score.toFixed(3);
  return used.held === version.held
    ? trans.__('%1; the one in use has %2.', own, other)
    : trans.__('%1; the one in use has %2 on other labels, which does not compare.', own, other);
}
