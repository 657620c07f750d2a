/** The panel "HPC jobs" in the sidebar. */

import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ErrorText, WordsContext, useTrans } from '../ui';
import { Around, AroundContext, useAround } from './around';
import { hpcIcon } from './icon';
import { Jobs } from './jobs';
import { Systems } from './systems';

function Panel(): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  return (
    <div className="maia-ui">
      {model.problem !== null && (
        <section role="alert">
          <ErrorText error={model.problem} />
        </section>
      )}
      {!model.known && model.problem === null && <section role="status">{trans.__('Asking this server for your jobs…')}</section>}
      {model.known && model.lost && (
        <section role="status">{trans.__('The server does not answer. What you see may be old; your jobs go on.')}</section>
      )}
      {model.known && (
        <>
          <Jobs />
          <Systems />
        </>
      )}
    </div>
  );
}

/** A React widget that knows the model, and what can be done. */
export abstract class HpcWidget extends ReactWidget {
  constructor(protected readonly around: Around) {
    super();
    this.title.icon = hpcIcon;
  }

  protected abstract content(): JSX.Element;

  protected override render(): JSX.Element {
    return (
      <WordsContext.Provider value={this.around.actions.trans}>
        <AroundContext.Provider value={this.around}>{this.content()}</AroundContext.Provider>
      </WordsContext.Provider>
    );
  }
}

export class HpcPanel extends HpcWidget {
  constructor(around: Around) {
    super(around);
    const caption = around.actions.trans.__('HPC jobs');
    this.id = 'maia-hpc-panel';
    this.addClass('maia-Hpc');
    this.title.caption = caption;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', caption);
  }

  protected content(): JSX.Element {
    return <Panel />;
  }
}
