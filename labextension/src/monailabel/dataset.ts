/** A data set of MONAI Label as the panel lists it. */

import type { Noted, Sample } from './served';

export type Fares = 'labelled' | 'taken' | 'proposed' | 'unlabelled';

export interface Row {
  id: string;
  fares: Fares;
  /** Who labelled it, or has it before her; empty if that was not kept. */
  by: string;
  /** Milliseconds; NaN if not kept. */
  at: number;
  study: string;
}

/** The label of a person; all other tags are proposals of models. */
const FINAL = 'final';
const ORDER: Fares[] = ['taken', 'unlabelled', 'proposed', 'labelled'];

function row(id: string, { image, labels = {} }: Sample): Row {
  const taken = Object.values(image?.info?.strategy ?? {});
  const study = image?.info?.StudyInstanceUID ?? '';
  const noted = (fares: Fares, by?: Noted): Row => ({ id, fares, by: by?.user ?? by?.client_id ?? '', at: (by?.ts ?? NaN) * 1000, study });
  if (labels[FINAL]) {
    return noted('labelled', labels[FINAL].info);
  }
  if (taken.length) {
    return noted('taken', taken.reduce((one, other) => ((one.ts ?? 0) > (other.ts ?? 0) ? one : other)));
  }
  const proposal = Object.values(labels)[0];
  return proposal ? noted('proposed', proposal.info) : noted('unlabelled');
}

/** Its images, those first that wait for somebody. */
export function rows(samples: Record<string, Sample>): Row[] {
  const all = Object.entries(samples).map(([id, sample]) => row(id, sample));
  return all.sort((one, other) => ORDER.indexOf(one.fares) - ORDER.indexOf(other.fares) || one.id.localeCompare(other.id));
}
