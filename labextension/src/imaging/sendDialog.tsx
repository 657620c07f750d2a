/** To which other node images are to be sent. It has to answer before anything is. */

import * as React from 'react';

import { Dialog, ErrorText, useTrans } from '../ui';
import { useAround } from './around';
import type { Chosen } from './model';
import type { Node } from './records';

/** Under this name this browser remembers the node that was last sent to. */
const LAST = 'maia-images-node';
const NOWHERE: Node = { by: 'dimse', host: '', port: '104', aet: '', url: '' };

function last(): Node {
  try {
    return { ...NOWHERE, ...(JSON.parse(localStorage.getItem(LAST) ?? '{}') as Partial<Node>) };
  } catch {
    return NOWHERE;
  }
}

function Fields({ node, set }: { node: Node; set: (node: Node) => void }): JSX.Element {
  const trans = useTrans();
  const field = (name: 'host' | 'port' | 'aet' | 'url', label: string, placeholder: string) => (
    <div className="maia-Field maia-mod-grow">
      <label htmlFor={`maia-node-${name}`}>{label}</label>
      <input id={`maia-node-${name}`} value={node[name]} placeholder={placeholder} required onChange={event => set({ ...node, [name]: event.target.value })} />
    </div>
  );
  return (
    <>
      <div className="maia-Field">
        <label htmlFor="maia-node-by">{trans.__('By')}</label>
        <select id="maia-node-by" value={node.by} onChange={event => set({ ...node, by: event.target.value as Node['by'] })}>
          <option value="dimse">{trans.__('DICOM (C-STORE)')}</option>
          <option value="dicomweb">{trans.__('DICOMweb (STOW-RS)')}</option>
        </select>
      </div>
      <div className="maia-Form-row">
        {node.by === 'dimse' ? (
          <>
            {field('host', trans.__('Host'), 'pacs.hospital.example')}
            {field('port', trans.__('Port'), '104')}
            {field('aet', trans.__('AE title'), 'PACS')}
          </>
        ) : (
          field('url', trans.__('Address'), 'https://pacs.hospital.example/dicom-web')
        )}
      </div>
    </>
  );
}

type Answer = 'none' | 'asking' | 'yes' | { error: unknown };

export function SendDialog({ chosen, title, onClose }: { chosen: Chosen; title: string; onClose: () => void }): JSX.Element {
  const trans = useTrans();
  const { model, actions } = useAround();
  const [node, setNode] = React.useState(last);
  const [answer, setAnswer] = React.useState<Answer>('none');
  const set = (changed: Node) => {
    setNode(changed);
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
        <Fields node={node} set={set} />
        <p className={typeof answer === 'object' ? 'maia-Error' : 'maia-Images-soft'} role="status">
          {answer === 'none' && trans.__('It is asked for an answer before anything is sent.')}
          {answer === 'asking' && trans.__('Asking…')}
          {answer === 'yes' && trans.__('It answers.')}
          {typeof answer === 'object' && <ErrorText error={answer.error} />}
        </p>
        <div className="maia-Form-footer">
          <button type="button" className="maia-Button" disabled={answer === 'asking'} onClick={() => void echo()}>
            {trans.__('Ask it (echo)')}
          </button>
          <button className="maia-Button maia-mod-primary" disabled={answer === 'asking'}>
            {trans.__('Send')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
