/** The list of jobs in the panel, with filters. */

import * as React from 'react';

import { useTrans } from '../ui';
import { moment, ms } from '../ui/time';
import { useAround } from './around';
import type { Job } from './records';
import { GROUPS, groupWord, stateWord } from './words';

export interface Filters {
  text: string;
  group: string;
  system: string;
}

/** Which jobs pass: every word of the text has to be in name, id, state or system. */
export function filtered(jobs: Job[], { text, group, system }: Filters): Job[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return jobs.filter(job => {
    const said = `${job.name} ${job.job_id ?? ''} ${job.token} ${job.state} ${job.system} ${job.reason}`.toLowerCase();
    return (
      (!group || job.group === group) &&
      (!system || job.system === system) &&
      words.every(word => said.includes(word))
    );
  });
}

function JobItem({ job }: { job: Job }): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  const place = job.job_id ? `${actions.title(job.system)} · ${job.job_id}` : actions.title(job.system);
  return (
    <li>
      <button className="maia-Hpc-job" onClick={() => actions.open(job.token)}>
        <span className="maia-Hpc-line">
          <strong>{job.name}</strong>
          <span className="maia-Hpc-state" data-group={job.group}>
            {stateWord(trans, job)}
          </span>
        </span>
        <span className="maia-Hpc-line maia-Hpc-soft">
          <span>{place}</span>
          <time dateTime={job.created}>{moment(ms(job.created), Date.now())}</time>
        </span>
        {job.group !== 'done' && job.advice && <span className="maia-Hpc-soft">{job.advice}</span>}
      </button>
    </li>
  );
}

function FilterFields({ filters, set }: { filters: Filters; set: (filters: Filters) => void }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const names = [...new Set(model.jobs.map(job => job.system))].sort();
  return (
    <div className="maia-Hpc-filters" role="search" aria-label={trans.__('Filter the jobs')}>
      <input
        type="search"
        aria-label={trans.__('Text in name, number or state')}
        placeholder={trans.__('Filter…')}
        value={filters.text}
        onChange={event => set({ ...filters, text: event.target.value })}
      />
      <select
        aria-label={trans.__('State')}
        value={filters.group}
        onChange={event => set({ ...filters, group: event.target.value })}
      >
        <option value="">{trans.__('any state')}</option>
        {GROUPS.map(group => (
          <option key={group} value={group}>
            {groupWord(trans, group)}
          </option>
        ))}
      </select>
      <select
        aria-label={trans.__('System')}
        value={filters.system}
        onChange={event => set({ ...filters, system: event.target.value })}
      >
        <option value="">{trans.__('any system')}</option>
        {names.map(name => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  );
}

const NONE: Filters = { text: '', group: '', system: '' };

export function Jobs(): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const [filters, setFilters] = React.useState(NONE);
  const jobs = model.jobs;
  const shown = filtered(jobs, filters);
  return (
    <section aria-labelledby="maia-hpc-jobs">
      <h2 id="maia-hpc-jobs">{trans.__('Jobs')}</h2>
      <div className="maia-Hpc-actions">
        <button className="maia-Button maia-mod-primary" onClick={() => actions.create()}>
          {trans.__('New job…')}
        </button>
      </div>
      {jobs.length > 0 && <FilterFields filters={filters} set={setFilters} />}
      <p className="maia-Hpc-soft" role="status">
        {jobs.length === 0
          ? trans.__('No job yet. What you submit here, in a cell or by “maia hpc submit” is listed here.')
          : trans.__('%1 of %2', shown.length, jobs.length)}
      </p>
      <ul>
        {shown.slice(0, 200).map(job => (
          <JobItem key={job.token} job={job} />
        ))}
      </ul>
    </section>
  );
}
