/** The extension: wiring only. */

import gpu from './gpu/plugin';
import hpc from './hpc/plugin';
import reconnect from './reconnect/plugin';
import tools from './tools/plugin';

export * from './tokens';
export default [...gpu, ...hpc, ...reconnect, ...tools];
