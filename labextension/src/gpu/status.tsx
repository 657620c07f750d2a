/** The countdown in the status bar. */

import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { WordsContext, Words, urgency, useNow } from '../ui';
import { clockTime, countdown, duration, ms } from '../ui/time';
import type { GpuModel } from './model';

function Time({ model, trans, onClick }: { model: GpuModel; trans: Words; onClick: () => void }): JSX.Element | null {
  useNow(model.clock);
  const session = model.session;
  if (!session || session.kind === 'cpu') {
    return (
      <button className="maia-Status" title={trans.__('Open the GPU panel')} onClick={onClick}>
        {trans.__('CPU')}
      </button>
    );
  }
  const left = model.left();
  if (left === null && session.ending) {
    return (
      <button className="maia-Status" title={trans.__('Your server is being restarted')} onClick={onClick}>
        {trans.__('Restarting…')}
      </button>
    );
  }
  if (left === null || !session.until) {
    return (
      <button className="maia-Status" title={trans.__('You borrow an idle GPU')} onClick={onClick}>
        {trans.__('GPU (borrowed)')}
      </button>
    );
  }
  const title = trans.__('Your GPU time ends at %1. Open the GPU panel.', clockTime(ms(session.until)));
  return (
    <button className={`maia-Status maia-mod-${urgency(left)}`} title={title} onClick={onClick}>
      <span aria-hidden="true">{trans.__('GPU %1', countdown(Math.max(0, left)))}</span>
      <span className="maia-visuallyHidden">{trans.__('GPU time left: %1', duration(Math.max(0, left)))}</span>
    </button>
  );
}

export class StatusItem extends ReactWidget {
  constructor(
    private readonly model: GpuModel,
    private readonly trans: Words,
    private readonly onClick: () => void
  ) {
    super();
    this.addClass('maia-StatusItem');
  }

  protected override render(): JSX.Element {
    return (
      <WordsContext.Provider value={this.trans}>
        <UseSignal signal={this.model.changed}>
          {() => <Time model={this.model} trans={this.trans} onClick={this.onClick} />}
        </UseSignal>
      </WordsContext.Provider>
    );
  }
}
