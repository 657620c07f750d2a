/** How images come into the archive: from one's own machine, or from other programs by C-STORE. */

import * as React from 'react';

import { useTrans } from '../ui';
import { useAround } from './around';
import { chosenFiles } from './dropping';
import type { Archive } from './records';

function Chooser({ label, folder }: { label: string; folder: boolean }): JSX.Element {
  const { actions } = useAround();
  const ref = React.useRef<HTMLInputElement>(null);
  const onChange = (event: React.ChangeEvent<HTMLInputElement>) => {
    const files = chosenFiles(event.target.files);
    event.target.value = '';
    void actions.bring(files);
  };
  return (
    <>
      <button className="maia-Button" onClick={() => ref.current?.click()}>
        {label}
      </button>
      <input ref={ref} type="file" multiple hidden onChange={onChange} {...(folder ? { webkitdirectory: '' } : {})} />
    </>
  );
}

function Address({ archive }: { archive: Archive }): JSX.Element {
  const trans = useTrans();
  if (!archive.storescu) {
    return <p className="maia-Images-soft">{trans.__('This archive takes nothing by C-STORE, or does not say where.')}</p>;
  }
  const copy = () => void navigator.clipboard?.writeText(archive.storescu);
  return (
    <>
      <dl className="maia-Images-address">
        <dt>{trans.__('C-STORE address')}</dt>
        <dd>
          {archive.host}:{archive.port}
        </dd>
        <dt>{trans.__('AE title')}</dt>
        <dd>{archive.aet}</dd>
      </dl>
      <pre className="maia-Images-code" tabIndex={0} aria-label={trans.__('Command for a terminal')}>
        {archive.storescu}
      </pre>
      <button className="maia-Chip" onClick={copy}>
        {trans.__('Copy the command')}
      </button>
    </>
  );
}

export function Sending(): JSX.Element | null {
  const trans = useTrans();
  const { model } = useAround();
  if (!model.archive) {
    return null;
  }
  return (
    <section aria-labelledby="maia-images-sending">
      <h2 id="maia-images-sending">{trans.__('Send images here')}</h2>
      <p className="maia-Images-soft">{trans.__('Drag files, a folder or a zip onto this panel, from the file browser or from your own machine.')}</p>
      <div className="maia-Images-actions">
        <Chooser label={trans.__('Files…')} folder={false} />
        <Chooser label={trans.__('Folder…')} folder />
      </div>
      <details>
        <summary>{trans.__('From a terminal or another program')}</summary>
        <Address archive={model.archive} />
      </details>
    </section>
  );
}
