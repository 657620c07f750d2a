/** A new class: its dates, its list of students, and what each group would get, before anything is booked. */

import * as React from 'react';

import { Class, ClassRequest, Pool, Project } from '../../../src/api';
import {
  Dialog,
  Draft,
  ErrorText,
  ONCE,
  PoolOptions,
  Repeat,
  RepeatFields,
  checkOf,
  emptyDraft,
  requestOf,
  seriesOf,
  useNow,
  usePreview
} from '../../../src/ui';
import { DAY, MINUTE, fromInput, toInput, zone } from '../../../src/ui/time';
import { useServices } from '../services';
import { useSay } from '../toast';
import { PreviewView } from './preview';
import { RosterField, StrangeStaff } from './roster';

const DEBOUNCE = 400;

interface Form {
  name: string;
  project: string;
  staff: string;
  roster: string;
  draft: Draft;
  repeat: Repeat;
}

export function names(text: string): string[] {
  return text.split(/[\s,;]+/).filter(name => name);
}

/** The request that the form stands for; null while something is missing. */
function requestFor(form: Form, now: number): ClassRequest | null {
  const series = seriesOf(requestOf({ ...form.draft, immediate: false }, now), form.repeat);
  if (!series || !form.name.trim() || !form.roster.trim()) {
    return null;
  }
  const { start, end, rule, skip, partly, gpus } = series;
  return {
    name: form.name.trim(),
    project: form.project,
    pool: form.draft.pool,
    gpus,
    start,
    end,
    rule,
    zone: zone(),
    skip,
    partly,
    roster: form.roster,
    staff: names(form.staff)
  };
}

export interface NewClassProps {
  pools: Pool[];
  projects: Project[];
  onMade: (made: Class) => void;
  onClose: () => void;
}

function beginning(pools: Pool[], projects: Project[], now: number): Form {
  const draft = emptyDraft(pools, now);
  const repeat: Repeat = { ...ONCE, every: 'week' };
  return { name: '', project: projects[0].name, staff: '', roster: '', draft: { ...draft, immediate: false, start: draft.start + DAY, end: draft.end + DAY }, repeat };
}

interface FieldsProps {
  form: Form;
  pools: Pool[];
  projects: Project[];
  change: (form: Form) => void;
}

function Fields({ form, pools, projects, change }: FieldsProps): JSX.Element {
  const { draft } = form;
  const most = pools.find(pool => pool.id === draft.pool)?.largest_node ?? 1;
  const redraft = (part: Partial<Draft>) => change({ ...form, draft: { ...draft, ...part } });
  const shown = (time: number) => (Number.isFinite(time) ? toInput(time) : '');
  return (
    <>
      <div className="maia-Form-row">
        <label className="maia-Field maia-mod-grow">
          Name of the class
          <input required maxLength={63} value={form.name} onChange={e => change({ ...form, name: e.target.value })} />
        </label>
        <label className="maia-Field maia-mod-grow">
          Project
          <select value={form.project} onChange={e => change({ ...form, project: e.target.value })}>
            {projects.map(project => (
              <option key={project.name} value={project.name}>
                {project.title || project.name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className="maia-Form-row">
        <label className="maia-Field maia-mod-grow">
          Product
          <select value={draft.pool} onChange={e => redraft({ pool: e.target.value, gpus: 1 })}>
            <PoolOptions pools={pools} />
          </select>
        </label>
        <label className="maia-Field">
          GPUs for each group
          <select value={draft.gpus} onChange={e => redraft({ gpus: Number(e.target.value) })}>
            {Array.from({ length: most }, (_, i) => i + 1).map(n => (
              <option key={n}>{n}</option>
            ))}
          </select>
        </label>
      </div>
      <div className="maia-Form-row">
        <label className="maia-Field maia-mod-grow">
          First date from
          <input
            type="datetime-local"
            required
            value={shown(draft.start)}
            onChange={e => {
              const start = fromInput(e.target.value);
              redraft({ start, end: Number.isFinite(start) ? start + (draft.end - draft.start || MINUTE) : draft.end });
            }}
          />
        </label>
        <label className="maia-Field maia-mod-grow">
          To
          <input
            type="datetime-local"
            required
            value={shown(draft.end)}
            onChange={e => redraft({ end: fromInput(e.target.value) })}
          />
        </label>
      </div>
      <RepeatFields repeat={form.repeat} draft={draft} change={repeat => change({ ...form, repeat })} />
      <label className="maia-Field">
        Staff beside you (user names; they see the class and may extend its time)
        <input value={form.staff} maxLength={1000} onChange={e => change({ ...form, staff: e.target.value })} />
      </label>
    </>
  );
}

export function NewClass({ pools, projects, onMade, onClose }: NewClassProps): JSX.Element {
  const { api, clock } = useServices();
  const say = useSay();
  const now = useNow(clock, MINUTE);
  const [form, setForm] = React.useState(() => beginning(pools, projects, clock.now()));
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<unknown>(null);
  const request = requestFor(form, clock.now());
  const preview = usePreview(request && JSON.stringify(request), () => api.checkClass(request!), DEBOUNCE, check => check.hub_asked);
  const change = (next: Form) => {
    setError(null);
    setForm(next);
  };
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    if (!request) {
      setError(new Error('Fill in a name, the last day and the list of students; a class repeats.'));
      return;
    }
    setBusy(true);
    try {
      const made = await api.makeClass(request);
      const left = made.missing.length ? ` ${made.missing.length} dates were left out.` : '';
      say({ text: `Made: ${made.name}, ${made.left} dates for ${made.groups.length} groups.${left}` });
      onMade(made);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Dialog title="New class" onClose={onClose}>
      <form className="maia-Form" onSubmit={event => void submit(event)} aria-busy={busy}>
        <Fields form={form} pools={pools} projects={projects} change={change} />
        <StrangeStaff check={checkOf(preview)} />
        <RosterField
          text={form.roster}
          check={checkOf(preview)}
          change={roster => change({ ...form, roster })}
        />
        <PreviewView preview={preview} now={now} of="new" />
        {error !== null && (
          <p className="maia-Error" role="alert">
            <ErrorText error={error} />
          </p>
        )}
        <div className="maia-Form-footer">
          <small>Times in {zone()}</small>
          <button type="button" className="maia-Button" onClick={onClose}>
            Close
          </button>
          <button type="submit" className="maia-Button maia-mod-primary" disabled={busy}>
            Make the class
          </button>
        </div>
      </form>
    </Dialog>
  );
}
