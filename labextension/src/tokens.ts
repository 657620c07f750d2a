/** What other extensions may ask for. */

import { Token } from '@lumino/coreutils';

import type { GpuModel } from './gpu/model';
import type { HpcModel } from './hpc/model';
import type { ToolsModel } from './tools/model';

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

/** The person's jobs on other systems and on this machine, kept live. */
export const IHpcModel = new Token<HpcModel>('@maia-hub/lab:IHpcModel', 'The jobs on other systems and on this machine.');

export namespace HpcCommandIDs {
  export const show = 'maia:hpc-show';
  export const create = 'maia:hpc-new-job';
  export const open = 'maia:hpc-open-job';
  export const sendNotebook = 'maia:hpc-send-notebook';
  export const sendFolder = 'maia:hpc-send-folder';
}

/** The tools of the project, kept live; null where the platform has none. */
export const IToolsModel = new Token<ToolsModel | null>('@maia-hub/lab:IToolsModel', 'The tools of the project.');

export namespace ToolsCommandIDs {
  export const show = 'maia:tools-show';
  export const open = 'maia:tools-open';
}

export namespace ImagesCommandIDs {
  export const show = 'maia:images-show';
  export const send = 'maia:images-send';
}

export namespace MonaiLabelCommandIDs {
  export const show = 'maia:monailabel-show';
  export const start = 'maia:monailabel-start';
  export const open = 'maia:monailabel-open';
  export const stop = 'maia:monailabel-stop';
}
