/** What kernels know of the tools, and which do not know what they would now. */

import * as React from 'react';

import { useTrans } from '../ui';
import { useAround } from './around';

export function KernelNotice(): JSX.Element | null {
  const trans = useTrans();
  const { model, actions } = useAround();
  const [busy, setBusy] = React.useState(false);
  const { why, behind } = model.state.kernels;
  const tell = async () => {
    setBusy(true);
    await actions.tellKernels(behind);
    setBusy(false);
  };
  if (why) {
    return (
      <section>
        <p className="maia-Tools-notice" role="status">
          {trans.__('A kernel that starts now does not know the tools: %1', why)}
        </p>
      </section>
    );
  }
  if (behind.length) {
    return (
      <section>
        <div className="maia-Tools-notice" role="status">
          <p>
            {trans._n('This kernel does not know what the tools tell now:', 'These %1 kernels do not know what the tools tell now:', behind.length)}{' '}
            {behind.map(({ id }) => actions.kernelName(id)).join(', ')}.
          </p>
          {behind[0].why && <p>{behind[0].why}</p>}
          <p>{trans.__('Tell them, restart them, or run %load_ext maia_lab and %maia_tools in them. Terminals: open a new one.')}</p>
          <button className="maia-Chip" disabled={busy} onClick={tell}>
            {busy ? trans.__('Telling…') : trans.__('Tell them now')}
          </button>
        </div>
      </section>
    );
  }
  return null;
}

/** The names that kernels find; nothing while something is to be said of them. */
export function KernelNames(): JSX.Element | null {
  const trans = useTrans();
  const { names, why, behind } = useAround().model.state.kernels;
  if (why || behind.length || !names.length) {
    return null;
  }
  return (
    <section>
      <details>
        <summary>{trans._n('Kernels and terminals know %1 name', 'Kernels and terminals know %1 names', names.length)}</summary>
        <ul aria-label={trans.__('Environment variables')}>
          {names.map(name => (
            <li key={name}>
              <code>{name}</code>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}
