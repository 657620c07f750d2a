/** What other extensions may ask for. */

import { Token } from '@lumino/coreutils';

import type { GpuModel } from './gpu/model';

/** What this server holds and until when, kept live. */
export const IGpuModel = new Token<GpuModel>('@maia-hub/lab:IGpuModel', 'What this server holds, and until when.');

export namespace CommandIDs {
  export const show = 'maia:gpu-show';
  export const book = 'maia:gpu-book';
  export const extend = 'maia:gpu-extend';
  export const release = 'maia:gpu-release';
  export const switchNow = 'maia:gpu-switch';
  export const calendar = 'maia:gpu-calendar';
  export const portal = 'maia:portal';
}
