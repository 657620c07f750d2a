/** The audit log, or that of one project: who did what, when, why, before and after. */

import * as React from 'react';

import { AuditEvent, AuditSearch } from '../../../src/api';
import { ErrorText, useNow } from '../../../src/ui';
import { MINUTE, fromInput, iso, moment, ms } from '../../../src/ui/time';
import { useServices } from '../services';
import { DataTable } from './dataTable';

const PAGE = 50;
/** Typing pauses for this long before a search is sent. */
const DEBOUNCE = 300;

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

/** What was typed, as it is asked for: spaces around it do not count, times are those of this clock. */
function asked(typed: AuditSearch): AuditSearch {
  const search = Object.fromEntries(Object.entries(typed).map(([field, text]) => [field, text.trim()])) as AuditSearch;
  for (const field of ['since', 'until'] as const) {
    const time = fromInput(search[field] ?? '');
    search[field] = Number.isNaN(time) ? undefined : iso(time);
  }
  return search;
}

function useAudit(search: AuditSearch, project?: string) {
  const { api } = useServices();
  const [events, setEvents] = React.useState<AuditEvent[]>([]);
  const [more, setMore] = React.useState(true);
  const [loaded, setLoaded] = React.useState(false);
  const [error, setError] = React.useState<unknown>(null);
  /** The latest question: an answer to an older one is thrown away. */
  const latest = React.useRef(0);
  const load = React.useCallback(
    async (before?: number) => {
      const question = ++latest.current;
      try {
        const query = { ...asked(search), before, limit: PAGE };
        const page = await (project === undefined ? api.audit(query) : api.projectAudit(project, query));
        if (question === latest.current) {
          setEvents(old => (before === undefined ? page : [...old, ...page]));
          setMore(page.length === PAGE);
          setLoaded(true);
          setError(null);
        }
      } catch (failure) {
        if (question === latest.current) {
          setError(failure);
        }
      }
    },
    [api, search, project]
  );
  React.useEffect(() => {
    const timer = window.setTimeout(() => void load(), DEBOUNCE);
    return () => window.clearTimeout(timer);
  }, [load]);
  return { events, more, loaded, error, load };
}

/** The fields that the event changed. */
function changes({ before, after }: AuditEvent): string {
  const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const text = (value: unknown) => (value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value));
  return [...keys]
    .filter(key => JSON.stringify(before?.[key]) !== JSON.stringify(after?.[key]))
    .map(key => (before ? `${key}: ${text(before[key])} → ${text(after?.[key])}` : `${key}: ${text(after?.[key])}`))
    .join('\n');
}

function Row({ event, now }: { event: AuditEvent; now: number }): JSX.Element {
  const changed = changes(event);
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
          <pre>{changed || 'No field changed.'}</pre>
        </details>
      </td>
    </tr>
  );
}

/** `project`: of this one alone, as those may see it who oversee it. */
export function Audit({ project }: { project?: string }): JSX.Element {
  const { clock } = useServices();
  const now = useNow(clock, MINUTE);
  const [search, setSearch] = React.useState<AuditSearch>({});
  const { events, more, loaded, error, load } = useAudit(search, project);
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
        <button type="button" className="maia-Button" onClick={() => void load(events[events.length - 1].id)}>
          Older
        </button>
      )}
    </section>
  );
}
