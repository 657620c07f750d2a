/** One line of the list: a study, a series of it, or a word on its series. */

import * as React from 'react';

import { ErrorText, useTrans } from '../ui';
import type { Row } from './rows';
import { Thumbnail } from './thumbnail';
import { seriesFacts, seriesTitle } from './words';

interface Common {
  id: string;
  index: number;
  chosen: boolean;
  choose: () => void;
  toggle: () => void;
}

type Of<Kind> = Common & { row: Extract<Row, { kind: Kind }> };

function attributes({ id, index, chosen }: Common, row: Row) {
  return {
    id,
    role: 'row',
    className: `maia-Images-row maia-mod-${row.kind}${chosen ? ' maia-mod-chosen' : ''}`,
    style: { transform: `translateY(${row.top}px)`, height: row.height },
    'aria-rowindex': index,
    'aria-selected': chosen
  };
}

export function StudyRow(props: Of<'study'>): JSX.Element {
  const trans = useTrans();
  const { row, choose, toggle } = props;
  const { study, open } = row;
  const count = study.series === null ? '' : trans._n('%1 series', '%1 series', study.series);
  const onClick = () => {
    choose();
    toggle();
  };
  return (
    <div {...attributes(props, row)} aria-level={1} aria-expanded={open} onClick={onClick}>
      <span className="maia-Images-twist" aria-hidden="true">
        {open ? '▾' : '▸'}
      </span>
      <span role="gridcell" className="maia-Images-when">
        {study.date ?? trans.__('no date')}
      </span>
      <span role="gridcell" className="maia-Images-what">
        {study.description || trans.__('without description')}
      </span>
      <span role="gridcell" className="maia-Images-kind">
        {study.modalities.join(' ')}
      </span>
      <span role="gridcell" className="maia-Images-who">
        {[study.patient_id, study.patient_name].filter(Boolean).join(' · ') || trans.__('no patient')}
      </span>
      <span role="gridcell" className="maia-Images-count">
        {count}
      </span>
    </div>
  );
}

export function SeriesRow(props: Of<'series'>): JSX.Element {
  const trans = useTrans();
  const { row, choose } = props;
  const { series } = row;
  return (
    <div {...attributes(props, row)} aria-level={2} aria-posinset={row.place} aria-setsize={row.of} onClick={choose}>
      <span role="gridcell" className="maia-Images-picture">
        <Thumbnail series={series} />
      </span>
      <span role="gridcell" className="maia-Images-what">
        {seriesTitle(trans, series)}
      </span>
      <span role="gridcell" className="maia-Images-who">
        {seriesFacts(trans, series)}
      </span>
    </div>
  );
}

export function NoteRow(props: Of<'note'>): JSX.Element {
  const trans = useTrans();
  const { row, toggle } = props;
  const { error } = row;
  return (
    <div {...attributes(props, row)} aria-level={2}>
      <span role="gridcell" className="maia-Images-what">
        {error ? <ErrorText error={error} /> : trans.__('Asking for its series…')}
        {error !== null && (
          <button type="button" className="maia-Chip" tabIndex={-1} onClick={toggle}>
            {trans.__('Try again')}
          </button>
        )}
      </span>
    </div>
  );
}
