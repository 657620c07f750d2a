/** What the shared components about bookings stand in, in JupyterLab: its notifications, its translation, its model. */

import { Notification } from '@jupyterlab/apputils';
import * as React from 'react';

import { AroundContext, Message, SayContext } from '../bookings';
import { Words, WordsContext } from '../ui';
import type { Actions } from './actions';
import type { GpuModel } from './model';

function say({ text, error, action }: Message): void {
  if (error) {
    Notification.error(text, { autoClose: false });
    return;
  }
  const actions = action && [{ label: action.label, callback: action.run }];
  Notification.success(text, { autoClose: action ? 12_000 : 5000, actions });
}

export interface SurroundingsProps {
  model: GpuModel;
  actions: Actions;
  trans: Words;
  children: React.ReactNode;
}

export function Surroundings({ model, actions, trans, children }: SurroundingsProps): JSX.Element {
  const { api, clock, stream } = model;
  const around = React.useMemo(
    () => ({ api, clock, stream, save: (booking: string) => actions.saveBefore(booking) }),
    [api, clock, stream, actions]
  );
  return (
    <WordsContext.Provider value={trans}>
      <AroundContext.Provider value={around}>
        <SayContext.Provider value={say}>{children}</SayContext.Provider>
      </AroundContext.Provider>
    </WordsContext.Provider>
  );
}
