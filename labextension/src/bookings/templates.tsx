/** Wishes to book that one keeps: book by one in one step, keep another one, remove one. */

import * as React from 'react';

import { Template } from '../api';
import { Draft, useTrans } from '../ui';
import { SECOND, clockTime, duration, ms, span, zone } from '../ui/time';
import { useAround, useSay } from './around';
import { useTry } from './attempt';
import { useLoaded } from './live';

/** Told whenever a template was kept, so that the list is loaded anew. */
const kept = new EventTarget();

function useKept(): number {
  const [count, setCount] = React.useState(0);
  React.useEffect(() => {
    const onKept = () => setCount(before => before + 1);
    kept.addEventListener('kept', onKept);
    return () => kept.removeEventListener('kept', onKept);
  }, []);
  return count;
}

function TemplateItem({ template, onRemoved }: { template: Template; onRemoved: () => void }): JSX.Element {
  const { api, clock } = useAround();
  const trans = useTrans();
  const say = useSay();
  const attempt = useTry();
  const [busy, setBusy] = React.useState(false);
  const book = async () => {
    setBusy(true);
    await attempt(async () => {
      const booking = await api.bookTemplate(template.id);
      const when = span(ms(booking.start), ms(booking.end), clock.now());
      say({ text: trans.__('Booked: %1, %2.', booking.product, when) });
    });
    setBusy(false);
  };
  const remove = async () => {
    if (await attempt(() => api.forgetTemplate(template.id))) {
      onRemoved();
    }
  };
  const elsewhere = template.zone === zone() ? '' : ` (${template.zone})`;
  const when = template.at ? trans.__('at %1', template.at + elsewhere) : trans.__('now');
  return (
    <li>
      <span>
        <strong>{template.name}</strong>
        <small>
          {template.gpus} × {template.product}, {duration(template.seconds * SECOND)}, {when}
        </small>
      </span>
      <button
        type="button"
        className="maia-Button"
        disabled={busy}
        aria-label={trans.__('Book by %1', template.name)}
        onClick={() => void book()}
      >
        {trans.__('Book')}
      </button>
      <button
        type="button"
        className="maia-IconButton"
        aria-label={trans.__('Remove %1', template.name)}
        onClick={() => void remove()}
      >
        ✕
      </button>
    </li>
  );
}

export function Templates({ className }: { className?: string }): JSX.Element | null {
  const { api } = useAround();
  const trans = useTrans();
  const [removed, setRemoved] = React.useState(0);
  const { value } = useLoaded(() => api.templates(), [api, useKept(), removed]);
  if (!value?.length) {
    return null;
  }
  return (
    <section className={className} aria-labelledby="maia-templates">
      <h2 id="maia-templates">{trans.__('Templates')}</h2>
      <ul className="maia-Templates">
        {value.map(template => (
          <TemplateItem key={template.id} template={template} onRemoved={() => setRemoved(removed + 1)} />
        ))}
      </ul>
    </section>
  );
}

/** In the booking form: what is typed there, kept under a name. */
export function KeepTemplate({ draft }: { draft: Draft }): JSX.Element {
  const { api } = useAround();
  const trans = useTrans();
  const attempt = useTry();
  const [name, setName] = React.useState('');
  const [said, setSaid] = React.useState('');
  const complete = name.trim() !== '' && draft.end > draft.start;
  const keep = async () => {
    const { pool, gpus, note, project, immediate, start, end } = draft;
    const request = {
      name: name.trim(),
      pool,
      gpus,
      seconds: Math.round((end - start) / SECOND),
      project: project || undefined,
      at: immediate ? null : clockTime(start),
      zone: zone(),
      note
    };
    if (await attempt(() => api.saveTemplate(request))) {
      kept.dispatchEvent(new Event('kept'));
      setSaid(trans.__('Kept as %1.', request.name));
    }
  };
  return (
    <details className="maia-Keep">
      <summary>{trans.__('Keep as a template')}</summary>
      <div className="maia-Form-row">
        <label className="maia-Field maia-mod-grow">
          {trans.__('Name of the template')}
          <input type="text" maxLength={63} value={name} onChange={e => setName(e.target.value)} />
        </label>
        <button type="button" className="maia-Button" disabled={!complete} onClick={() => void keep()}>
          {trans.__('Keep')}
        </button>
      </div>
      <small role="status">{said}</small>
    </details>
  );
}
