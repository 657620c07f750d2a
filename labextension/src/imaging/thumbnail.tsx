/** A small picture of a series, fetched when its line stays in view. */

import * as React from 'react';

import { useTrans } from '../ui';
import { AroundContext, Around } from './around';
import type { Series } from './records';

/** Milliseconds that a line has to be seen: who scrolls past wants no pictures. */
const STAYS = 120;

export function Thumbnail({ series }: { series: Series }): JSX.Element {
  const trans = useTrans();
  const { thumbnails } = React.useContext(AroundContext) as Around;
  const [url, setUrl] = React.useState(thumbnails.known(series.uid));
  const [failed, setFailed] = React.useState(false);
  React.useEffect(() => {
    let current = true;
    const timer = window.setTimeout(() => {
      thumbnails.fetch(series.study_uid, series.uid).then(
        found => current && setUrl(found),
        () => current && setFailed(true)
      );
    }, thumbnails.known(series.uid) ? 0 : STAYS);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [thumbnails, series.uid, series.study_uid]);
  const name = trans.__('Picture of series %1', series.number ?? series.modality);
  if (url && !failed) {
    return <img className="maia-Images-thumbnail" src={url} alt={name} onError={() => setFailed(true)} />;
  }
  return (
    <span className="maia-Images-thumbnail" role="img" aria-label={failed ? trans.__('No picture') : trans.__('Picture comes')}>
      {failed ? series.modality || '–' : '…'}
    </span>
  );
}
