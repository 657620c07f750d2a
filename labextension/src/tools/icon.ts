/** The icon of everything about the project's tools. */

import { LabIcon } from '@jupyterlab/ui-components';

import tools from '../../style/tools.svg';

export const toolsIcon = new LabIcon({ name: 'maia:tools', svgstr: tools });
