/** A table that scrolls sideways where it is too wide, by keyboard too. */

import * as React from 'react';

export interface DataTableProps {
  label: string;
  heads: string[];
  className?: string;
  /** The rows. */
  children: React.ReactNode;
}

export function DataTable({ label, heads, className = '', children }: DataTableProps): JSX.Element {
  return (
    <div className="maia-TableScroll" role="region" aria-label={`${label}, table`} tabIndex={0}>
      <table className={`maia-Table ${className}`}>
        <thead>
          <tr>
            {heads.map(head => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
