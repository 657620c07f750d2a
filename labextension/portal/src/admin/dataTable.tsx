/** A table that scrolls sideways where it is too wide, by keyboard too. */

import * as React from 'react';

export interface DataTableProps {
  label: string;
  heads: string[];
  className?: string;
  /** On a phone each row is a list of its cells, which bear their heads as `data-head`; they say their roles, too. */
  stacked?: boolean;
  /** The rows. */
  children: React.ReactNode;
}

export function DataTable({ label, heads, className = '', stacked = false, children }: DataTableProps): JSX.Element {
  // A table that is shown as blocks is none to a screen reader, unless it says so.
  const role = (name: string) => (stacked ? name : undefined);
  return (
    <div className="maia-TableScroll" role="region" aria-label={`${label}, table`} tabIndex={0}>
      <table className={`maia-Table ${className} ${stacked ? 'portal-Stacked' : ''}`} role={role('table')}>
        <thead role={role('rowgroup')}>
          <tr role={role('row')}>
            {heads.map(head => (
              <th key={head} scope="col" role={role('columnheader')}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role={role('rowgroup')}>{children}</tbody>
      </table>
    </div>
  );
}
