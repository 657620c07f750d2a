/** The icon of everything about images. */

import { LabIcon } from '@jupyterlab/ui-components';

import images from '../../style/images.svg';

export const imagesIcon = new LabIcon({ name: 'maia:images', svgstr: images });
