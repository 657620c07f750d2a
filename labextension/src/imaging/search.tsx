/** What to search for. */

import * as React from 'react';

import { useTrans } from '../ui';
import { useAround } from './around';
import type { Query } from './records';
import { EVERYTHING, Order } from './results';

const MODALITIES = ['CR', 'CT', 'DX', 'MG', 'MR', 'NM', 'OT', 'PT', 'RF', 'RTDOSE', 'RTSTRUCT', 'SEG', 'SR', 'US', 'XA'];

interface FieldProps {
  name: keyof Query;
  label: string;
  query: Query;
  set: (query: Query) => void;
  type?: string;
  placeholder?: string;
  list?: string;
}

function Field({ name, label, query, set, type = 'text', ...more }: FieldProps): JSX.Element {
  const id = `maia-images-${name}`;
  return (
    <div className={`maia-Field maia-mod-${name}`}>
      <label htmlFor={id}>{label}</label>
      <input id={id} type={type} value={query[name]} autoComplete="off" {...more} onChange={event => set({ ...query, [name]: event.target.value })} />
    </div>
  );
}

export function Search(): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const [query, set] = React.useState(model.results.query);
  const search = (wanted: Query) => {
    set(wanted);
    model.choose(null);
    void model.results.search(wanted);
  };
  const onSubmit = (event: React.FormEvent) => {
    event.preventDefault();
    search(query);
  };
  const field = { query, set };
  const asked = Object.values(query).some(Boolean);
  return (
    <form className="maia-Images-search" role="search" aria-label={trans.__('Search for studies')} onSubmit={onSubmit}>
      <Field name="patient" label={trans.__('Patient ID')} {...field} />
      <Field name="description" label={trans.__('Description')} {...field} />
      <Field name="modality" label={trans.__('Modality')} list="maia-images-modalities" {...field} />
      <datalist id="maia-images-modalities">
        {MODALITIES.map(each => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <Field name="since" label={trans.__('From')} type="date" {...field} />
      <Field name="until" label={trans.__('To')} type="date" {...field} />
      <Field name="study" label={trans.__('Study')} placeholder={trans.__('number or UID')} {...field} />
      <div className="maia-Images-actions">
        <button className="maia-Button maia-mod-primary">{trans.__('Search')}</button>
        {asked && (
          <button type="button" className="maia-Button" onClick={() => search(EVERYTHING)}>
            {trans.__('Clear')}
          </button>
        )}
      </div>
    </form>
  );
}

export function OrderField(): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  return (
    <select
      className="maia-Images-order"
      aria-label={trans.__('Order')}
      value={model.results.order}
      onChange={event => void model.results.arrange(event.target.value as Order)}
    >
      <option value="archive">{trans.__('Archive’s order')}</option>
      <option value="newest">{trans.__('Newest first')}</option>
      <option value="oldest">{trans.__('Oldest first')}</option>
      <option value="patient">{trans.__('By patient')}</option>
    </select>
  );
}
