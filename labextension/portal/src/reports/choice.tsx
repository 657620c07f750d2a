/** What a report is of: which days, in which zone, grouped by what, whose. */

import * as React from 'react';

import { ReportGroup, ReportQuery } from '../../../src/api';

export const GROUPS: [ReportGroup, string][] = [
  ['month', 'Month'],
  ['project', 'Project'],
  ['user', 'Person'],
  ['product', 'GPU']
];
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export interface ChoiceProps {
  query: ReportQuery;
  /** The days and the zone of the report that is shown: what is not chosen. */
  shown?: { first: string; last: string };
  change: (query: ReportQuery) => void;
}

function Day({ label, value, onDay }: { label: string; value: string; onDay: (day: string) => void }): JSX.Element {
  return (
    <label className="maia-Field">
      {label}
      <input type="date" required value={value} onChange={event => event.target.value && onDay(event.target.value)} />
    </label>
  );
}

export function Choice({ query, shown, change }: ChoiceProps): JSX.Element {
  const first = query.from ?? shown?.first ?? '';
  const last = query.to ?? shown?.last ?? '';
  const toggle = (group: ReportGroup, on: boolean) => {
    const by = GROUPS.map(([each]) => each).filter(each => (each === group ? on : query.by.includes(each)));
    if (by.length > 0) {
      change({ ...query, by });
    }
  };
  return (
    <form className="portal-ReportChoice" aria-label="What the report is of" onSubmit={event => event.preventDefault()}>
      <Day label="From" value={first} onDay={day => change({ ...query, from: day, to: last < day ? day : last })} />
      <Day label="To, included" value={last} onDay={day => change({ ...query, from: day < first ? day : first, to: day })} />
      <label className="maia-Field">
        Days in
        <select value={query.zone ?? ''} onChange={event => change({ ...query, zone: event.target.value || undefined })}>
          <option value="">the site’s time zone</option>
          <option value={HERE}>{HERE}</option>
        </select>
      </label>
      <label className="maia-Field">
        Whose
        <select value={query.mine ? 'mine' : ''} onChange={event => change({ ...query, mine: event.target.value === 'mine' })}>
          <option value="">all that I may see</option>
          <option value="mine">my own</option>
        </select>
      </label>
      <fieldset className="portal-ReportGroups">
        <legend>By</legend>
        {GROUPS.map(([group, text]) => (
          <label key={group}>
            <input
              type="checkbox"
              checked={query.by.includes(group)}
              onChange={event => toggle(group, event.target.checked)}
            />{' '}
            {text}
          </label>
        ))}
      </fieldset>
    </form>
  );
}
