/** The audit log, or that of one project: who did what, when, why, before and after. */

import * as React from 'react';

import { AuditEvent, AuditSearch } from '../../../src/api';
import { ErrorText, useNow } from '../../../src/ui';
import { MINUTE, moment, ms } from '../../../src/ui/time';
import { useServices } from '../services';
import { useAudit } from './auditLog';
import { DataTable } from './dataTable';

type Field = keyof AuditSearch;
const FIELDS: [Field, string, string][] = [
  ['user', 'Person', 'search'],
  ['project', 'Project', 'search'],
  ['subject', 'Booking or other id', 'search'],
  ['action', 'Action', 'search'],
  ['text', 'Text', 'search'],
  ['since', 'Since', 'datetime-local'],
  ['until', 'Until', 'datetime-local']
];

/** The fields that the event changed. */
function changed({ before, after }: AuditEvent): string {
  const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const text = (value: unknown) => (value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value));
  return [...keys]
    .filter(key => JSON.stringify(before?.[key]) !== JSON.stringify(after?.[key]))
    .map(key => (before ? `${key}: ${text(before[key])} → ${text(after?.[key])}` : `${key}: ${text(after?.[key])}`))
    .join('\n');
}

function Row({ event, now }: { event: AuditEvent; now: number }): JSX.Element {
  const text = changed(event);
  return (
    <tr>
      <td className="portal-Audit-when">{moment(ms(event.at), now)}</td>
      <td>{event.actor}</td>
      <td>{event.action}</td>
      <td>{event.user}</td>
      <td>{event.project}</td>
      <td>{event.reason}</td>
      <td>
        <details>
          <summary>{event.subject}</summary>
          <pre>{text || 'No field changed.'}</pre>
        </details>
      </td>
    </tr>
  );
}

export interface AuditProps {
  /** Of this one alone, as those may see it who oversee it. */
  project?: string;
  /** How much was changed on the page: the log is looked at anew after each. */
  changes?: number;
}

export function Audit({ project, changes = 0 }: AuditProps): JSX.Element {
  const { clock } = useServices();
  const now = useNow(clock, MINUTE);
  const [search, setSearch] = React.useState<AuditSearch>({});
  const { events, more, loaded, error, older } = useAudit(search, changes, project);
  const name = project === undefined ? 'Audit log' : `Audit log of ${project}`;
  const id = `audit-${project ?? 'all'}`;
  const fields = FIELDS.filter(([field]) => project === undefined || field !== 'project');
  return (
    <section className="portal-Card" aria-labelledby={id}>
      <h2 id={id}>{name}</h2>
      <div className="maia-Form-row portal-Search" role="search" aria-label={name}>
        {fields.map(([field, label, type]) => (
          <label key={field} className="maia-Field">
            {label}
            <input
              type={type}
              value={search[field] ?? ''}
              onChange={event => setSearch({ ...search, [field]: event.target.value })}
            />
          </label>
        ))}
        <button type="button" className="maia-Button" onClick={() => setSearch({})}>
          Show all
        </button>
      </div>
      {error !== null && <ErrorText error={error} />}
      <DataTable label={name} className="portal-Audit" heads={['When', 'Who', 'What', 'Whose', 'Project', 'Why', 'Of what']}>
        {events.map(event => (
          <Row key={event.id} event={event} now={now} />
        ))}
      </DataTable>
      {error === null && events.length === 0 && <p className="portal-Soft">{loaded ? 'No such event.' : 'Loading…'}</p>}
      {more && events.length > 0 && (
        <button type="button" className="maia-Button" onClick={older}>
          Older
        </button>
      )}
    </section>
  );
}
