/** The icon of everything about MONAI Label. */

import { LabIcon } from '@jupyterlab/ui-components';

import monailabel from '../../style/monailabel.svg';

export const monaiLabelIcon = new LabIcon({ name: 'maia:monailabel', svgstr: monailabel });
