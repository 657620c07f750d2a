/** The panel "Images" in the sidebar. */

import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { MaiaProblem, Problem } from '../api';
import { ErrorText, WordsContext, useTrans } from '../ui';
import { clockTime } from '../ui/time';
import { Around, AroundContext, useAround } from './around';
import { ChosenBar } from './chosen';
import { Doing } from './doing';
import { Grid } from './grid';
import { imagesIcon } from './icon';
import { OrderField, Search } from './search';
import { Sending } from './sending';

function NoArchive({ problem }: { problem: Problem }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  return (
    <section role="alert">
      <h2>{trans.__('No image archive')}</h2>
      <p>
        <ErrorText error={new MaiaProblem(problem)} />
      </p>
      <button className="maia-Button" onClick={() => void model.look()}>
        {trans.__('Look again')}
      </button>
    </section>
  );
}

/** Since when the archive does not answer, and why. What is listed stays. */
function Trouble(): JSX.Element | null {
  const trans = useTrans();
  const { model } = useAround();
  const { problem } = model;
  const { trouble } = model.results;
  if (!trouble && !problem) {
    return null;
  }
  return (
    <div className="maia-Error" role="alert">
      <p>
        {trouble && <strong>{trans.__('No answer from the archive since %1.', clockTime(trouble.since))}</strong>}{' '}
        <ErrorText error={problem ? new MaiaProblem(problem) : trouble?.error} />
      </p>
      <button className="maia-Button" onClick={() => void model.look()}>
        {trans.__('Try again')}
      </button>
    </div>
  );
}

function Found(): JSX.Element {
  const trans = useTrans();
  const { results } = useAround().model;
  const { studies, more, asking, known, query } = results;
  const asked = Object.values(query).some(Boolean);
  const empty = asked
    ? trans.__('No study matches. Look for less: a part of a word is enough.')
    : trans.__('The archive is empty. Drag DICOM files onto this panel.');
  const count = more ? trans.__('the first %1 studies', studies.length) : trans._n('%1 study', '%1 studies', studies.length);
  return (
    <section className="maia-Images-found" aria-labelledby="maia-images-found">
      <h2 id="maia-images-found">{trans.__('Studies')}</h2>
      <div className="maia-Images-status">
        <span role="status">{asking && !known ? trans.__('Searching…') : known && studies.length === 0 ? empty : known ? count : ''}</span>
        {studies.length > 1 && <OrderField />}
      </div>
      <Trouble />
      {studies.length > 0 && <Grid />}
    </section>
  );
}

function Panel(): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  if (model.problem && !model.results.known) {
    return (
      <div className="maia-ui">
        <NoArchive problem={model.problem} />
      </div>
    );
  }
  if (!model.archive && !model.results.trouble) {
    return (
      <div className="maia-ui">
        <section role="status">{trans.__('Asking where the project’s images are…')}</section>
      </div>
    );
  }
  return (
    <div className="maia-ui maia-Images-all">
      <Search />
      <Found />
      <ChosenBar />
      <Doing />
      <Sending />
    </div>
  );
}

export class ImagesPanel extends ReactWidget {
  constructor(private readonly around: Around) {
    super();
    const caption = around.actions.trans.__('Images');
    this.id = 'maia-images-panel';
    this.addClass('maia-Images');
    this.title.icon = imagesIcon;
    this.title.caption = caption;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', caption);
  }

  protected override render(): JSX.Element {
    return (
      <WordsContext.Provider value={this.around.actions.trans}>
        <AroundContext.Provider value={this.around}>
          <Panel />
        </AroundContext.Provider>
      </WordsContext.Provider>
    );
  }

  /** Nothing is asked before somebody looks. */
  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this.around.model.look();
  }
}
