/** The form of a new system: it writes the file that is one, if what it says is one. */

import * as React from 'react';

import { errorText, useTrans } from '../ui';
import { useAround } from './around';
import type { SystemForm } from './records';

const EMPTY: SystemForm = { name: '', preset: '', host: '', user: '', project: '', account: '', time: '' };

interface FieldProps {
  label: string;
  value: string;
  set: (value: string) => void;
  placeholder?: string;
  required?: boolean;
}

function Field({ label, value, set, placeholder, required }: FieldProps): JSX.Element {
  const id = React.useId();
  return (
    <div className="maia-Field maia-mod-grow">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        value={value}
        placeholder={placeholder}
        required={required}
        spellCheck={false}
        autoComplete="off"
        onChange={event => set(event.target.value)}
      />
    </div>
  );
}

interface KnownProps {
  form: SystemForm;
  choose: (preset: string) => void;
  presets: string[];
}

function KnownField({ form, choose, presets }: KnownProps): JSX.Element {
  const trans = useTrans();
  const id = React.useId();
  return (
    <div className="maia-Field maia-mod-grow">
      <label htmlFor={id}>{trans.__('Which one')}</label>
      <select id={id} value={form.preset} onChange={event => choose(event.target.value)}>
        {presets.map(preset => (
          <option key={preset} value={preset}>
            {preset}
          </option>
        ))}
        <option value="">{trans.__('another, by its login node')}</option>
      </select>
    </div>
  );
}

/** Add a system: by a preset, or by its login node. */
export function AddSystem(): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const { presets, folder } = model.systems;
  const start = { ...EMPTY, preset: presets[0] ?? '', name: presets[0] ?? '' };
  const [form, setForm] = React.useState(start);
  const [error, setError] = React.useState('');
  const set = (name: keyof SystemForm) => (value: string) => setForm({ ...form, [name]: value });
  const choose = (preset: string) =>
    setForm({ ...form, preset, name: form.name === form.preset ? preset : form.name, host: '' });
  const add = async (event: React.FormEvent) => {
    event.preventDefault();
    setError('');
    try {
      const { name } = await model.api.addSystem(form);
      setForm(start);
      actions.say(trans.__('%1 is there: sign in, then check it. Its file is %2/%1.yaml.', name, folder));
    } catch (reason) {
      setError(errorText(trans, reason));
    }
  };
  return (
    <details>
      <summary>{trans.__('Add a system…')}</summary>
      <form className="maia-Form" aria-label={trans.__('New system')} onSubmit={event => void add(event)}>
        <div className="maia-Form-row">
          <KnownField form={form} choose={choose} presets={presets} />
          <Field label={trans.__('Name')} value={form.name} set={set('name')} required />
        </div>
        {form.preset && (
          <Field
            label={trans.__('Project')}
            value={form.project}
            set={set('project')}
            placeholder={trans.__('where one signs in to a project')}
          />
        )}
        {!form.preset && (
          <Field
            label={trans.__('Login node')}
            value={form.host}
            set={set('host')}
            placeholder={trans.__('login.example.org, or a name of ~/.ssh/config')}
            required
          />
        )}
        <div className="maia-Form-row">
          <Field label={trans.__('Your user there')} value={form.user} set={set('user')} />
          <Field label={trans.__('Account')} value={form.account} set={set('account')} />
          <Field label={trans.__('Time unless said')} value={form.time} set={set('time')} placeholder="4h" />
        </div>
        {error && (
          <p className="maia-Error" role="alert">
            {error}
          </p>
        )}
        <div className="maia-Hpc-actions">
          <button type="submit" className="maia-Button maia-mod-primary">
            {trans.__('Add it')}
          </button>
        </div>
        <p className="maia-Hpc-soft">{trans.__('This writes a file in %1, where more can be said.', folder)}</p>
      </form>
    </details>
  );
}
