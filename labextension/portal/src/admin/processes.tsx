/** Processes on GPUs that nobody gave them. */

import * as React from 'react';

import { ErrorText, useNow } from '../../../src/ui';
import { MINUTE, moment, ms } from '../../../src/ui/time';
import { useLoaded } from '../live';
import { useServices } from '../services';
import { DataTable } from './dataTable';

function gibibytes(bytes: number | null): string {
  return bytes === null ? '–' : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

export function Processes(): JSX.Element {
  const { api, clock } = useServices();
  const now = useNow(clock, MINUTE);
  const { value, error, reload } = useLoaded(() => api.processes(), [api]);
  return (
    <section className="portal-Card" aria-labelledby="processes">
      <div className="portal-CardTitle">
        <h2 id="processes">Processes without a grant</h2>
        <button type="button" className="maia-Button" onClick={reload}>
          Look again
        </button>
      </div>
      {error !== null && <ErrorText error={error} />}
      {value?.length === 0 && <p className="portal-Soft">None: every process on a GPU belongs to a grant.</p>}
      {value !== null && value.length > 0 && (
        <DataTable label="Processes" heads={['GPU', 'Process', 'Account', 'Memory', 'Since']}>
          {value.map(process => (
            <tr key={`${process.gpu}/${process.pid}`}>
              <td>{process.gpu}</td>
              <td>{process.pid}</td>
              <td>{process.unix_user}</td>
              <td>{gibibytes(process.memory)}</td>
              <td>{moment(ms(process.since), now)}</td>
            </tr>
          ))}
        </DataTable>
      )}
    </section>
  );
}
