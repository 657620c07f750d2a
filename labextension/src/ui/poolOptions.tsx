/** The products to choose from, as a list of options. */

import * as React from 'react';

import { Pool } from '../api';
import { unsaid } from './simulated';
import { useTrans } from './text';

export function PoolOptions({ pools }: { pools: Pool[] }): JSX.Element {
  const trans = useTrans();
  return (
    <>
      {pools.map(pool => (
        <option key={pool.id} value={pool.id}>
          {pool.product}
          {unsaid(pool) ? ` (${trans.__('simulated')})` : ''}
        </option>
      ))}
    </>
  );
}
