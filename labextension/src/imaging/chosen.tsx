/** What can be done with the study or series that is chosen. */

import * as React from 'react';

import { useTrans } from '../ui';
import { useAround } from './around';
import { SendDialog } from './sendDialog';
import { seriesTitle } from './words';

export function ChosenBar(): JSX.Element | null {
  const trans = useTrans();
  const { model, actions } = useAround();
  const [sending, setSending] = React.useState(false);
  const { chosen, results } = model;
  const study = chosen && results.study(chosen.study);
  if (!chosen || !study) {
    return null;
  }
  const all = results.seriesOf(study.uid);
  const series = all.find(each => each.uid === chosen.series) ?? (all.length === 1 ? all[0] : undefined);
  const title = chosen.series && series ? seriesTitle(trans, series) : study.description || trans.__('without description');
  return (
    <section className="maia-Images-chosen" aria-labelledby="maia-images-chosen">
      <h2 id="maia-images-chosen">{chosen.series ? trans.__('Chosen series') : trans.__('Chosen study')}</h2>
      <p>
        {title}
        {study.accession && <span className="maia-Images-soft"> {trans.__('Accession number %1', study.accession)}</span>}
      </p>
      <div className="maia-Images-actions">
        <button className="maia-Button maia-mod-primary" onClick={() => void actions.view(study.uid)}>
          {trans.__('Open in OHIF')}
        </button>
        {series && (
          <>
            <button className="maia-Button" onClick={() => void actions.load({ study: study.uid, series: series.uid })}>
              {trans.__('Load in notebook')}
            </button>
            <button className="maia-Button" onClick={() => void actions.convert(study.uid, series)}>
              {trans.__('Convert to NIfTI…')}
            </button>
          </>
        )}
        <button className="maia-Button" onClick={() => setSending(true)}>
          {trans.__('Send to another node…')}
        </button>
      </div>
      {!series && <p className="maia-Images-soft">{trans.__('Choose one of its series to load or convert it.')}</p>}
      {sending && <SendDialog chosen={chosen} title={title} onClose={() => setSending(false)} />}
    </section>
  );
}
