/** The calendar of GPUs in a tab of JupyterLab, as the portal has it. */

import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { CalendarCard, View, keepView, lastView, useLiveState, useOpened } from '../bookings';
import { Words, useTrans } from '../ui';
import { zone } from '../ui/time';
import type { Actions } from './actions';
import { gpuIcon } from './icon';
import type { GpuModel } from './model';
import { Surroundings } from './surroundings';

function GpuCalendarContent(): JSX.Element {
  const trans = useTrans();
  const state = useLiveState();
  const [view, setView] = React.useState(lastView);
  const { handlers, dialog } = useOpened(state?.pools ?? []);
  const choose = (next: View) => {
    keepView(next);
    setView(next);
  };
  return (
    <div className="maia-ui">
      <CalendarCard
        version={state?.calendar_version ?? null}
        view={view}
        setView={choose}
        zone={trans.__('Times in %1.', zone())}
        {...handlers}
      />
      {dialog}
    </div>
  );
}

export class GpuCalendar extends ReactWidget {
  constructor(
    private readonly model: GpuModel,
    private readonly actions: Actions,
    private readonly trans: Words
  ) {
    super();
    this.id = 'maia-gpu-calendar';
    this.addClass('maia-GpuCalendar');
    this.title.icon = gpuIcon;
    this.title.label = trans.__('GPU Calendar');
    this.title.closable = true;
  }

  protected override render(): JSX.Element {
    return (
      <Surroundings model={this.model} actions={this.actions} trans={this.trans}>
        <GpuCalendarContent />
      </Surroundings>
    );
  }
}
