/** The audit log as it is looked through: page by page into the past, and what happens meanwhile on top of it. */

import * as React from 'react';

import { AuditEvent, AuditSearch } from '../../../src/api';
import { fromInput, iso } from '../../../src/ui/time';
import { useLiveState } from '../live';
import { useServices } from '../services';

const PAGE = 50;
/** Typing pauses for this long before a search is sent. */
const DEBOUNCE = 300;
/** How long after something has happened the log is looked at again, and how often at most. */
const PAUSE = 1000;

interface Shown {
  events: AuditEvent[];
  /** Whether there may be older ones. */
  more: boolean;
}

const NOTHING: Shown = { events: [], more: true };

/** What was typed, as it is asked for: spaces around it do not count, times are those of this clock. */
function asked(typed: AuditSearch): AuditSearch {
  const search = Object.fromEntries(Object.entries(typed).map(([field, text]) => [field, text.trim()])) as AuditSearch;
  for (const field of ['since', 'until'] as const) {
    const time = fromInput(search[field] ?? '');
    search[field] = Number.isNaN(time) ? undefined : iso(time);
  }
  return search;
}

function last(events: AuditEvent[]): number | undefined {
  return events.length > 0 ? events[events.length - 1].id : undefined;
}

function first(page: AuditEvent[]): Shown {
  return { events: page, more: page.length === PAGE };
}

function withOlder(shown: Shown, page: AuditEvent[], before: number): Shown {
  const follows = last(shown.events) === before;
  return follows ? { events: [...shown.events, ...page], more: page.length === PAGE } : shown;
}

/** With what is new on top; the newest page alone if more has come since than that. */
function withNewer(shown: Shown, page: AuditEvent[]): Shown {
  const known = shown.events.findIndex(event => event.id === last(page));
  return known < 0 ? first(page) : { events: [...page, ...shown.events.slice(known + 1)], more: shown.more };
}

/** Calls `look` soon after anything has happened on the platform, or more `changes` were made here, however many. */
function useNews(changes: number, look: () => void): void {
  const state = useLiveState();
  const seen = React.useRef({ state, changes });
  const timer = React.useRef<number | undefined>(undefined);
  const latest = React.useRef(look);
  latest.current = look;
  React.useEffect(() => {
    const news = state !== seen.current.state || changes !== seen.current.changes;
    if (news && timer.current === undefined) {
      timer.current = window.setTimeout(() => {
        timer.current = undefined;
        latest.current();
      }, PAUSE);
    }
    seen.current = { state, changes };
  }, [state, changes]);
  React.useEffect(() => () => window.clearTimeout(timer.current), []);
}

/** `project`: of this one alone. `older` asks for the page below what is shown. */
export function useAudit(search: AuditSearch, changes: number, project?: string) {
  const { api } = useServices();
  const [shown, setShown] = React.useState(NOTHING);
  const [loaded, setLoaded] = React.useState(false);
  const [error, setError] = React.useState<unknown>(null);
  /** The search that counts: an answer to an earlier one is thrown away. */
  const latest = React.useRef(search);
  latest.current = search;
  const ask = React.useCallback(
    async (taken: (shown: Shown, page: AuditEvent[]) => Shown, before?: number) => {
      try {
        const query = { ...asked(search), before, limit: PAGE };
        const page = await (project === undefined ? api.audit(query) : api.projectAudit(project, query));
        if (search === latest.current) {
          setShown(old => taken(old, page));
          setLoaded(true);
          setError(null);
        }
      } catch (failure) {
        if (search === latest.current) {
          setError(failure);
        }
      }
    },
    [api, search, project]
  );
  React.useEffect(() => {
    const timer = window.setTimeout(() => void ask((_, page) => first(page)), DEBOUNCE);
    return () => window.clearTimeout(timer);
  }, [ask]);
  useNews(changes, () => void ask(withNewer));
  const older = () => {
    const before = last(shown.events);
    void ask((old, page) => (before === undefined ? old : withOlder(old, page, before)), before);
  };
  return { ...shown, loaded, error, older };
}
