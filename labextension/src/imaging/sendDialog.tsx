/** To which other node images are to be sent. It has to answer before anything is. */

import * as React from 'react';

import { Dialog, ErrorText, useTrans } from '../ui';
import { useAround } from './around';
import type { Chosen } from './model';
import { NodeFields } from './nodeFields';
import type { NamedNode, Node } from './records';

/** Under this name this browser remembers the node that was last sent to. */
const LAST = 'maia-images-node';
const NOWHERE: Node = { by: 'dimse', name: '', host: '', port: '104', aet: '', url: '' };

function last(): Node {
  try {
    return { ...NOWHERE, ...(JSON.parse(localStorage.getItem(LAST) ?? '{}') as Partial<Node>) };
  } catch {
    return NOWHERE;
  }
}

/** What is written down, once the server has told it. */
function useKnown(): NamedNode[] | null {
  const { model, actions } = useAround();
  const [known, setKnown] = React.useState<NamedNode[] | null>(null);
  React.useEffect(() => {
    void actions.told(model.api.nodes()).then(found => setKnown(found ?? []));
  }, [actions, model]);
  return known;
}

/** The node to begin with: the one of last time, if it is still there, or else the first that is written down. */
function first(known: NamedNode[]): Node {
  const node = last();
  const there = (name: string) => known.some(each => each.name === name);
  if (node.by === 'named' && !there(node.name)) {
    return NOWHERE;
  }
  return node.by === 'dimse' && !node.host && known.length > 0 ? { ...node, by: 'named', name: known[0].name } : node;
}

type Answer = 'none' | 'asking' | 'yes' | { error: unknown };

export function SendDialog({ chosen, title, onClose }: { chosen: Chosen; title: string; onClose: () => void }): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const known = useKnown();
  const [changed, setNode] = React.useState<Node | null>(null);
  const node = changed ?? first(known ?? []);
  const [answer, setAnswer] = React.useState<Answer>('none');
  const set = (other: Node) => {
    setNode(other);
    setAnswer('none');
  };
  const echo = async (): Promise<boolean> => {
    setAnswer('asking');
    try {
      await model.api.echo(node);
      setAnswer('yes');
      localStorage.setItem(LAST, JSON.stringify(node));
      return true;
    } catch (error) {
      setAnswer({ error });
      return false;
    }
  };
  const onSubmit = async (event: React.FormEvent) => {
    event.preventDefault();
    if (answer === 'yes' || (await echo())) {
      onClose();
      await actions.forward(chosen, node);
    }
  };
  return (
    <Dialog title={trans.__('Send to another node')} onClose={onClose}>
      <form className="maia-Form" onSubmit={event => void onSubmit(event)}>
        <p>{title}</p>
        {known && <NodeFields node={node} known={known} set={set} />}
        <p className={typeof answer === 'object' ? 'maia-Error' : 'maia-Images-soft'} role="status">
          {answer === 'none' && trans.__('It is asked for an answer before anything is sent.')}
          {answer === 'asking' && trans.__('Asking…')}
          {answer === 'yes' && trans.__('It answers.')}
          {typeof answer === 'object' && <ErrorText error={answer.error} />}
        </p>
        <div className="maia-Form-footer">
          <button type="button" className="maia-Button" disabled={!known || answer === 'asking'} onClick={() => void echo()}>
            {trans.__('Ask it (echo)')}
          </button>
          <button className="maia-Button maia-mod-primary" disabled={!known || answer === 'asking'}>
            {trans.__('Send')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
