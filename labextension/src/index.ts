/** The extension: wiring only. */

import gpu from './gpu/plugin';
import hpc from './hpc/plugin';
import images from './imaging/plugin';
import monailabel from './monailabel/plugin';
import reconnect from './reconnect/plugin';
import tools from './tools/plugin';

export * from './tokens';
export default [...gpu, ...hpc, ...images, ...monailabel, ...reconnect, ...tools];
