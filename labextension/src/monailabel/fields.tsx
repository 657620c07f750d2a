/** Fields of the form that starts a MONAI Label. */

import * as React from 'react';

import { useTrans } from '../ui';
import { useAround } from './around';

interface LabelledProps {
  label: string;
  hint?: string;
  children: (id: string, described: string | undefined) => JSX.Element;
}

function Labelled({ label, hint, children }: LabelledProps): JSX.Element {
  const id = React.useId();
  return (
    <div className="maia-Field maia-mod-grow">
      <label htmlFor={id}>{label}</label>
      {children(id, hint ? `${id}-hint` : undefined)}
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

interface TextProps {
  label: string;
  value: string;
  set: (value: string) => void;
  hint?: string;
  required?: boolean;
  placeholder?: string;
}

export function TextField({ label, value, set, hint, required, placeholder }: TextProps): JSX.Element {
  return (
    <Labelled label={label} hint={hint}>
      {(id, described) => (
        <input
          id={id}
          aria-describedby={described}
          value={value}
          required={required}
          placeholder={placeholder}
          spellCheck={false}
          autoComplete="off"
          onChange={event => set(event.target.value)}
        />
      )}
    </Labelled>
  );
}

/** A day and an hour, as the browser lets one choose them. */
export function DateField({ label, value, set, hint }: TextProps): JSX.Element {
  return (
    <Labelled label={label} hint={hint}>
      {(id, described) => (
        <input id={id} type="datetime-local" aria-describedby={described} value={value} required onChange={event => set(event.target.value)} />
      )}
    </Labelled>
  );
}

/** A folder, typed or chosen. */
export function FolderField(props: TextProps): JSX.Element {
  const trans = useTrans();
  const { actions } = useAround();
  const choose = async () => {
    const found = await actions.folder(props.label);
    if (found !== undefined) {
      props.set(found);
    }
  };
  return (
    <div className="maia-MonaiLabel-folder">
      <TextField {...props} required />
      <button type="button" className="maia-Button" onClick={() => void choose()}>
        {trans.__('Choose…')}
        <span className="maia-visuallyHidden"> {props.label}</span>
      </button>
    </div>
  );
}

interface SelectProps {
  label: string;
  value: string;
  set: (value: string) => void;
  options: [string, string][];
  hint?: string;
}

export function SelectField({ label, value, set, options, hint }: SelectProps): JSX.Element {
  return (
    <Labelled label={label} hint={hint}>
      {(id, described) => (
        <select id={id} aria-describedby={described} value={value} onChange={event => set(event.target.value)}>
          {options.map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

export function Check({ label, value, set }: { label: string; value: boolean; set: (value: boolean) => void }): JSX.Element {
  return (
    <label className="maia-MonaiLabel-check">
      <input type="checkbox" checked={value} onChange={event => set(event.target.checked)} /> <span>{label}</span>
    </label>
  );
}

interface ModelsProps {
  known: string[];
  chosen: string[];
  set: (models: string[]) => void;
}

/** The models of the app for radiology, any number of them. */
export function ModelsField({ known, chosen, set }: ModelsProps): JSX.Element {
  const trans = useTrans();
  if (!known.length) {
    return <p className="maia-Tool-soft">{trans.__('Its models are listed here once MONAI Label is prepared.')}</p>;
  }
  const toggle = (name: string) => (on: boolean) => set(on ? [...chosen, name] : chosen.filter(each => each !== name));
  return (
    <fieldset className="maia-MonaiLabel-models">
      <legend>{trans.__('Models')}</legend>
      {known.map(name => (
        <Check key={name} label={name} value={chosen.includes(name)} set={toggle(name)} />
      ))}
    </fieldset>
  );
}
