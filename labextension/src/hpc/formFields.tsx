/** The fields of the form that makes a job. */

import * as React from 'react';

import { useTrans } from '../ui';
import type { JobForm, System } from './records';

export type SetField = (name: keyof JobForm, value: string) => void;

interface FieldProps {
  form: JobForm;
  set: SetField;
  name: Exclude<keyof JobForm, 'rest' | 'send'>;
  label: string;
  hint?: string;
  placeholder?: string;
  lines?: number;
  numeric?: boolean;
  choices?: string[];
}

function Field({ form, set, name, label, hint, placeholder, lines, numeric, choices }: FieldProps): JSX.Element {
  const id = React.useId();
  const common = {
    id,
    value: form[name],
    placeholder,
    spellCheck: false,
    'aria-describedby': hint ? `${id}-hint` : undefined,
    onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => set(name, event.target.value)
  };
  return (
    <div className="maia-Field maia-mod-grow">
      <label htmlFor={id}>{label}</label>
      {lines ? (
        <textarea rows={lines} {...common} />
      ) : (
        <input inputMode={numeric ? 'numeric' : undefined} list={choices?.length ? `${id}-list` : undefined} {...common} />
      )}
      {choices && choices.length > 0 && (
        <datalist id={`${id}-list`}>
          {choices.map(choice => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

function SystemField({ form, set, systems }: FieldsProps): JSX.Element {
  const trans = useTrans();
  const id = React.useId();
  return (
    <div className="maia-Field maia-mod-grow">
      <label htmlFor={id}>{trans.__('System')}</label>
      <select id={id} value={form.system} onChange={event => set('system', event.target.value)}>
        {systems.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </div>
  );
}

export interface FieldsProps {
  form: JobForm;
  set: SetField;
  systems: System[];
}

export function Fields(props: FieldsProps): JSX.Element {
  const trans = useTrans();
  const { form, set, systems } = props;
  const system = systems.find(each => each.name === form.system);
  const slurm = system?.scheduler !== 'local';
  const field = (name: FieldProps['name'], label: string, more: Partial<FieldProps> = {}) => (
    <Field form={form} set={set} name={name} label={label} {...more} />
  );
  return (
    <>
      <div className="maia-Form-row">
        <SystemField {...props} />
        {field('name', trans.__('Name'), { placeholder: trans.__('the command’s') })}
      </div>
      {field('command', trans.__('Command'), {
        lines: 4,
        hint: trans.__('As typed into a shell there. It runs in the job’s own run folder.'),
        placeholder: form.send?.kind === 'notebook' ? trans.__('executes the notebook') : 'python train.py --epochs 90'
      })}
      <div className="maia-Form-row">
        {field('time', trans.__('Time at most'), { placeholder: system?.time || '2h' })}
        {field('cpus', trans.__('CPUs'), { numeric: true })}
        {field('memory', trans.__('Memory'), { placeholder: '16G' })}
      </div>
      {slurm && (
        <>
          <div className="maia-Form-row">
            {field('gpus', trans.__('GPUs'), { numeric: true })}
            {field('gpu_type', trans.__('Type of GPU'), { choices: system?.gpu_types })}
            {field('nodes', trans.__('Nodes'), { numeric: true, placeholder: '1' })}
          </div>
          <div className="maia-Form-row">
            {field('account', trans.__('Account'), { placeholder: system?.account })}
            {field('partition', trans.__('Partition'))}
          </div>
        </>
      )}
      <details>
        <summary>{trans.__('Surroundings')}</summary>
        {field('modules', trans.__('Modules'), { hint: trans.__('Names, with spaces between them.') })}
        {field('environment', trans.__('Environment variables'), {
          lines: 3,
          hint: trans.__('NAME=value, one a line. No secrets: they would stand in the script.')
        })}
        {slurm && field('array', trans.__('Array'), { placeholder: '0-9%4' })}
        {system?.containers && field('image', trans.__('Container image'))}
      </details>
    </>
  );
}
