/** Wishes to book that one keeps: book by one in one step, keep another one, remove one. */

import * as React from 'react';

import { Template } from '../../src/api';
import { Draft } from '../../src/ui';
import { SECOND, clockTime, duration, ms, span, zone } from '../../src/ui/time';
import { useLoaded } from './live';
import { useServices } from './services';
import { useSay, useTry } from './toast';

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
  const { api, clock } = useServices();
  const say = useSay();
  const attempt = useTry();
  const [busy, setBusy] = React.useState(false);
  const book = async () => {
    setBusy(true);
    await attempt(async () => {
      const booking = await api.bookTemplate(template.id);
      say({ text: `Booked: ${booking.product}, ${span(ms(booking.start), ms(booking.end), clock.now())}.` });
    });
    setBusy(false);
  };
  const remove = async () => {
    if (await attempt(() => api.forgetTemplate(template.id))) {
      onRemoved();
    }
  };
  const elsewhere = template.zone === zone() ? '' : ` (${template.zone})`;
  const when = template.at ? `at ${template.at}${elsewhere}` : 'now';
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
        aria-label={`Book by ${template.name}`}
        onClick={() => void book()}
      >
        Book
      </button>
      <button type="button" className="maia-IconButton" aria-label={`Remove ${template.name}`} onClick={() => void remove()}>
        ✕
      </button>
    </li>
  );
}

export function Templates(): JSX.Element | null {
  const { api } = useServices();
  const [removed, setRemoved] = React.useState(0);
  const { value } = useLoaded(() => api.templates(), [api, useKept(), removed]);
  if (!value?.length) {
    return null;
  }
  return (
    <section className="portal-Card" aria-labelledby="templates">
      <h2 id="templates">Templates</h2>
      <ul className="portal-Templates">
        {value.map(template => (
          <TemplateItem key={template.id} template={template} onRemoved={() => setRemoved(removed + 1)} />
        ))}
      </ul>
    </section>
  );
}

/** In the booking form: what is typed there, kept under a name. */
export function KeepTemplate({ draft }: { draft: Draft }): JSX.Element {
  const { api } = useServices();
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
      setSaid(`Kept as ${request.name}.`);
    }
  };
  return (
    <details className="portal-Keep">
      <summary>Keep as a template</summary>
      <div className="maia-Form-row">
        <label className="maia-Field maia-mod-grow">
          Name of the template
          <input type="text" maxLength={63} value={name} onChange={e => setName(e.target.value)} />
        </label>
        <button type="button" className="maia-Button" disabled={!complete} onClick={() => void keep()}>
          Keep
        </button>
      </div>
      <small role="status">{said}</small>
    </details>
  );
}
