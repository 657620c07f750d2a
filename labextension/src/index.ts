/** The extension: wiring only. */

import gpu from './gpu/plugin';
import reconnect from './reconnect/plugin';

export * from './tokens';
export default [...gpu, ...reconnect];
