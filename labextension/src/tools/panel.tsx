/** The panel "Project" in the sidebar: its tools, and what kernels know of them. */

import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ErrorText, WordsContext, useTrans } from '../ui';
import { Around, AroundContext, useAround } from './around';
import { ToolCard } from './card';
import { toolsIcon } from './icon';
import { KernelNames, KernelNotice } from './kernels';
import { stateWord } from './words';

function Chooser(): JSX.Element | null {
  const trans = useTrans();
  const { model } = useAround();
  const projects = [...new Set([...model.state.projects, model.project])];
  if (projects.length < 2) {
    return null;
  }
  return (
    <label className="maia-Tools-chooser">
      <span>{trans.__('Project')}</span>
      <select value={model.project} onChange={event => model.choose(event.target.value)}>
        {projects.map(project => (
          <option key={project} value={project}>
            {project === model.own ? trans.__('%1 (of this server)', project) : project}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Says to who cannot see it what has become of a tool. */
function Announced(): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const before = React.useRef<Map<string, string>>(new Map());
  const [said, say] = React.useState('');
  React.useEffect(() => {
    const changed = model.state.tools.filter(({ name, state }) => (before.current.get(name) ?? state) !== state);
    if (changed.length) {
      say(changed.map(card => trans.__('%1: %2', card.title, stateWord(trans, card.state))).join('. '));
    }
    before.current = new Map(model.state.tools.map(({ name, state }) => [name, state]));
  }, [model.state]);
  return (
    <div role="status" className="maia-visuallyHidden">
      {said}
    </div>
  );
}

function Tools(): JSX.Element {
  const trans = useTrans();
  const { model } = useAround();
  const { trouble, tools } = model.state;
  return (
    <section aria-labelledby="maia-tools-heading">
      <h2 id="maia-tools-heading">{trans.__('Tools of %1', model.project)}</h2>
      {trouble && (
        <p className="maia-Tools-notice" role="alert">
          {trouble.detail} {trouble.advice} {tools.length > 0 && trans.__('What you see may be old.')}
        </p>
      )}
      {!trouble && !tools.length && (
        <p>{trans.__('This project has no tools. Who administers the platform names those that run elsewhere in its settings.')}</p>
      )}
      <ul>
        {tools.map(card => (
          <ToolCard key={card.name} card={card} />
        ))}
      </ul>
    </section>
  );
}

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
      {!model.known && model.problem === null && <section role="status">{trans.__('Asking for the project’s tools…')}</section>}
      {model.known && model.lost && (
        <section role="status">{trans.__('The server does not answer. What you see may be old.')}</section>
      )}
      {(model.known || model.state.projects.length > 1) && <Chooser />}
      {model.known && (
        <>
          <KernelNotice />
          <Tools />
          <KernelNames />
          <Announced />
        </>
      )}
    </div>
  );
}

export class ToolsPanel extends ReactWidget {
  constructor(private readonly around: Around) {
    super();
    const caption = around.actions.trans.__('Project');
    this.id = 'maia-tools-panel';
    this.addClass('maia-Tools');
    this.title.icon = toolsIcon;
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
}
