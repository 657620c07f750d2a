/** A simulated GPU is called so wherever it is shown. */

import * as React from 'react';

import { useTrans } from './text';

/** Does the name of the product leave it unsaid that its GPUs are simulated? */
export function unsaid({ simulated, product }: { simulated: boolean; product: string }): boolean {
  return simulated && !/simulated/i.test(product);
}

export function SimulatedBadge(props: { simulated: boolean; product: string }): JSX.Element | null {
  const trans = useTrans();
  return unsaid(props) ? <span className="maia-Badge">{trans.__('simulated')}</span> : null;
}
