/** Studies, series and what is being done, in words. */

import type { Words } from '../ui';
import { sizeWord } from '../ui/size';
import { duration } from '../ui/time';
import type { Progress, Sent, Series, Task } from './records';

export function seriesTitle(trans: Words, series: Series): string {
  const number = series.number === null ? '' : `${series.number}. `;
  return `${number}${series.description || series.body_part || trans.__('without description')}`;
}

export function seriesFacts(trans: Words, series: Series): string {
  const count = series.instances === null ? '' : trans._n('%1 image', '%1 images', series.instances);
  return [series.modality, count, series.description ? series.body_part : ''].filter(Boolean).join(' · ');
}

export function doing(trans: Words, task: Task): string {
  const kind = {
    convert: trans.__('Converting to NIfTI'),
    forward: trans.__('Sending to another node'),
    send: trans.__('Sending to the archive')
  }[task.kind];
  return task.doing === 'fetch' ? `${kind}: ${trans.__('fetching')}` : kind;
}

export function progressWords(trans: Words, progress: Progress | null): string {
  if (!progress) {
    return trans.__('Beginning…');
  }
  const parts = [trans.__('%1 of %2', progress.done, progress.total)];
  if (progress.rate > 0) {
    parts.push(trans.__('%1 a second', sizeWord(progress.rate)));
  }
  if (progress.remaining) {
    parts.push(trans.__('%1 left', duration(progress.remaining * 1000)));
  }
  return parts.join(', ');
}

/** What became of what was sent. */
export function sentWords(trans: Words, sent: Sent): string {
  const parts = [trans._n('%1 image was taken', '%1 images were taken', sent.accepted)];
  if (sent.repeated) {
    parts.push(trans._n('%1 was there already', '%1 were there already', sent.repeated));
  }
  if (sent.refused) {
    parts.push(trans._n('%1 file was refused', '%1 files were refused', sent.refused));
  }
  return `${parts.join(', ')}.`;
}
