/** The icon of everything about GPUs. */

import { LabIcon } from '@jupyterlab/ui-components';

import gpu from '../../style/gpu.svg';

export const gpuIcon = new LabIcon({ name: 'maia:gpu', svgstr: gpu });
