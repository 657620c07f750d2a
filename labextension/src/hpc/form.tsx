/** The form that makes a job, with the script that it would submit beside it. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import * as React from 'react';

import { ErrorText, checkOf, usePreview, useTrans } from '../ui';
import { Around, useAround } from './around';
import { Fields, SetField } from './formFields';
import { GivenUp } from './model';
import { HpcWidget } from './panel';
import type { JobForm, System } from './records';

const EMPTY: JobForm = {
  system: '', name: '', command: '', time: '', nodes: '', cpus: '', memory: '', gpus: '', gpu_type: '', account: '',
  partition: '', array: '', modules: '', environment: '', image: '', send: null, rest: {}
};

/** Milliseconds after the last key until the script is asked for. */
const PAUSE = 300;

/** Fill in what is known: numbers as text, lists by words, variables by lines. */
export function filled(known: Partial<Record<keyof JobForm, unknown>>): JobForm {
  const form = { ...EMPTY } as Record<keyof JobForm, unknown>;
  for (const [name, value] of Object.entries(known) as [keyof JobForm, unknown][]) {
    if (name === 'rest' || name === 'send') {
      form[name] = value;
    } else if (Array.isArray(value)) {
      form[name] = value.join(' ');
    } else if (value !== null && typeof value === 'object') {
      form[name] = Object.entries(value).map(([key, each]) => `${key}=${each}`).join('\n');
    } else {
      form[name] = value === null || value === undefined ? '' : String(value);
    }
  }
  return form as unknown as JobForm;
}

/** A notebook is executed by a command of its own unless another is given. */
function complete(form: JobForm): boolean {
  return form.command.trim() !== '' || form.send?.kind === 'notebook';
}

function Script({ form }: { form: JobForm }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const key = complete(form) ? JSON.stringify(form) : null;
  const preview = usePreview(key, () => model.api.preview(form), PAUSE);
  return (
    <section className="maia-Hpc-preview" aria-labelledby="maia-hpc-preview">
      <h2 id="maia-hpc-preview">{trans.__('The script that is submitted')}</h2>
      <div role="status">
        {preview.kind === 'error' && (
          <p className="maia-Error">
            <ErrorText error={preview.error} />
          </p>
        )}
      </div>
      <pre className="maia-Hpc-code" tabIndex={0} role="group" aria-labelledby="maia-hpc-preview">
        {checkOf(preview)?.script ?? (key === null && trans.__('It appears when there is a command.'))}
      </pre>
    </section>
  );
}

/** What goes along with the job. */
function Along({ form }: { form: JobForm }): JSX.Element | null {
  const trans = useTrans();
  const { send } = form;
  return (
    send && (
      <p className="maia-Hpc-advice">
        {send.kind === 'notebook'
          ? trans.__('The notebook %1 goes along, is executed there by papermill or nbclient, and comes back beside it as ….executed.ipynb.', send.path)
          : trans.__('The folder %1 goes along, without what .gitignore leaves out, and the command runs in it.', send.path)}
      </p>
    )
  );
}

function Presets({ system, fill }: { system?: System; fill: (values: object) => void }): JSX.Element | null {
  const trans = useTrans();
  return (
    system?.presets.length ? (
      <div className="maia-Hpc-actions" role="group" aria-label={trans.__('Fill in')}>
        {system.presets.map(({ name, values }) => (
          <button key={name} type="button" className="maia-Chip" onClick={() => fill(values)}>
            {trans.__(name)}
          </button>
        ))}
      </div>
    ) : null
  );
}

function Form({ initial, close }: { initial: JobForm; close: () => void }): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const [form, setForm] = React.useState(initial);
  const [busy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<unknown>(null);
  const system = model.system(form.system);
  const set: SetField = (name, value) => setForm({ ...form, [name]: value });
  const fill = (values: object) => {
    const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
    setForm({ ...form, ...given });
  };
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const job = await actions.submit(form);
      close();
      actions.open(job.token);
    } catch (failed) {
      setBusy(false);
      setError(failed instanceof GivenUp ? null : failed);
    }
  };
  return (
    <div className="maia-ui maia-Hpc-columns">
      <form className="maia-Form" aria-label={trans.__('New job')} onSubmit={submit}>
        <h1>{trans.__('New job')}</h1>
        <Along form={form} />
        <Presets system={system} fill={fill} />
        <Fields form={form} set={set} systems={model.systems.systems} />
        {error !== null && (
          <p className="maia-Error" role="alert">
            <ErrorText error={error} />
          </p>
        )}
        <div className="maia-Hpc-actions">
          <button className="maia-Button maia-mod-primary" disabled={busy || !complete(form)}>
            {busy ? trans.__('Submitting…') : trans.__('Submit')}
          </button>
          <button type="button" className="maia-Button" onClick={close}>
            {trans.__('Close')}
          </button>
        </div>
      </form>
      <Script form={form} />
    </div>
  );
}

class FormContent extends HpcWidget {
  constructor(
    around: Around,
    private readonly form: JobForm
  ) {
    super(around);
    this.addClass('maia-Hpc');
    this.addClass('maia-Hpc-page');
    this.title.label = around.actions.trans.__('New job');
    this.title.closable = true;
  }

  protected content(): JSX.Element {
    return <Form initial={this.form} close={() => this.parent?.close()} />;
  }
}

let count = 0;

/** The tab with the form. */
export class FormTab extends MainAreaWidget {
  constructor(around: Around, known: Partial<Record<keyof JobForm, unknown>>) {
    const first = around.model.systems.systems.find(system => system.scheduler !== 'local') ?? around.model.systems.systems[0];
    super({ content: new FormContent(around, filled({ system: first?.name ?? 'local', ...known })) });
    this.id = `maia-hpc-new-job-${++count}`;
    this.toolbar.hide();
  }
}
