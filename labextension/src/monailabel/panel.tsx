/** The panel "MONAI Label" in the sidebar. */

import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { ErrorText, WordsContext, useTrans } from '../ui';
import { sizeWord } from '../ui/size';
import { Around, AroundContext, useAround } from './around';
import { ServerCard } from './card';
import { Doing } from './doing';
import { StartForm } from './form';
import { monaiLabelIcon } from './icon';
import type { Choices } from './records';
import { stateWord } from './words';

/** The first time there is something to fetch, which takes its time. */
function Prepare({ choices }: { choices: Choices }): JSX.Element | null {
  const trans = useTrans();
  const { model, actions } = useAround();
  if (choices.prepared || model.tasks.some(({ kind, state }) => kind !== 'stop' && state === 'running')) {
    return null;
  }
  return (
    <div className="maia-Tools-notice">
      <p>
        {trans.__('MONAI Label is not here yet. It takes %1 of the disk, and some minutes, once; all your servers share it.', sizeWord(choices.room))}
      </p>
      <button className="maia-Button maia-mod-primary" onClick={() => void actions.told(model.prepare())}>
        {trans.__('Prepare it')}
      </button>
    </div>
  );
}

function Servers(): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const empty = trans.__('No MONAI Label runs here. Start one below: it proposes labels, learns from your corrections, and stays as long as your session.');
  return (
    <section aria-labelledby="maia-monailabel-servers">
      <h2 id="maia-monailabel-servers">{trans.__('Servers')}</h2>
      {!model.servers.length && <p>{empty}</p>}
      <ul>
        {model.servers.map(server => (
          <ServerCard key={server.name} server={server} />
        ))}
      </ul>
    </section>
  );
}

function Start({ choices }: { choices: Choices }): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  return (
    <section aria-labelledby="maia-monailabel-start">
      <h2 id="maia-monailabel-start">{model.servers.length ? trans.__('Start another') : trans.__('Start one')}</h2>
      <Prepare choices={choices} />
      <StartForm choices={choices} />
    </section>
  );
}

/** Says to who cannot see it what has become of a server. */
function Announced(): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const before = React.useRef<Map<string, string> | null>(null);
  const [said, say] = React.useState('');
  const now = model.servers.map(({ name, state }) => `${name} ${state}`).join();
  React.useEffect(() => {
    const known = before.current;
    const changed = known ? model.servers.filter(({ name, state }) => known.get(name) !== state) : [];
    if (changed.length) {
      say(changed.map(({ name, state }) => trans.__('%1: %2', name, stateWord(trans, state))).join('. '));
    }
    before.current = new Map(model.servers.map(({ name, state }) => [name, state]));
  }, [now]);
  return (
    <div role="status" className="maia-visuallyHidden">
      {said}
    </div>
  );
}

function Panel(): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const { state, problem, lost } = model;
  return (
    <div className="maia-ui">
      {problem !== null && (
        <section role="alert">
          <p>
            <ErrorText error={problem} />
          </p>
          <button className="maia-Button" onClick={() => void model.look()}>
            {trans.__('Look again')}
          </button>
        </section>
      )}
      {!state && problem === null && <section role="status">{trans.__('Looking for your MONAI Labels…')}</section>}
      {state && lost && <section role="status">{trans.__('The server does not answer. What you see may be old.')}</section>}
      {state && (
        <>
          <Doing />
          <Servers />
          <Start choices={state.choices} />
          <Announced />
        </>
      )}
    </div>
  );
}

export class MonaiLabelPanel extends ReactWidget {
  constructor(private readonly around: Around) {
    super();
    const caption = 'MONAI Label';
    this.id = 'maia-monailabel-panel';
    this.addClass('maia-Tools');
    this.addClass('maia-MonaiLabel');
    this.title.icon = monaiLabelIcon;
    this.title.caption = caption;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', caption);
  }

  /** Go to the form. */
  begin(): void {
    this.node.querySelector<HTMLElement>('form select')?.focus();
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
    this.around.model.watch(true);
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.around.model.watch(false);
  }
}
