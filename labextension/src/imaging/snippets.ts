/** Code that is put into a notebook. */

import type { Chosen } from './model';

/** What loads a series and shows it. */
export function loading({ study, series }: Chosen): string {
  return `from maia_lab import images\n\nvolume = images.load("${series}", study="${study}")\nimages.show(volume)`;
}
