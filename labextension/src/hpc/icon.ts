/** The icon of everything about jobs on other systems. */

import { LabIcon } from '@jupyterlab/ui-components';

import hpc from '../../style/hpc.svg';

export const hpcIcon = new LabIcon({ name: 'maia:hpc', svgstr: hpc });
