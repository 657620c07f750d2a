/** The part of a form that says which other node is meant: one that is written down, or where one is. */

import * as React from 'react';

import { MaiaProblem } from '../api';
import { ErrorText, useTrans } from '../ui';
import type { NamedNode, Node } from './records';

interface Props {
  node: Node;
  known: NamedNode[];
  set: (node: Node) => void;
}

/** Which of those that are written down; the last choice is any other. */
function Names({ node, known, set }: Props): JSX.Element {
  const trans = useTrans();
  const onChange = (event: React.ChangeEvent<HTMLSelectElement>) => {
    const name = event.target.value;
    set({ ...node, name, by: name ? 'named' : 'dimse' });
  };
  return (
    <div className="maia-Field">
      <label htmlFor="maia-node-name">{trans.__('Node')}</label>
      <select id="maia-node-name" value={node.by === 'named' ? node.name : ''} onChange={onChange}>
        {known.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
        <option value="">{trans.__('Another one…')}</option>
      </select>
    </div>
  );
}

function Written({ node, known }: Props): JSX.Element | null {
  const found = known.find(each => each.name === node.name);
  if (!found) {
    return null;
  }
  return found.problem ? (
    <p className="maia-Error" role="alert">
      <ErrorText error={new MaiaProblem(found.problem)} />
    </p>
  ) : (
    <p className="maia-Images-soft">{found.where}</p>
  );
}

function Described({ node, set }: Props): JSX.Element {
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
      <p className="maia-Images-soft">
        {trans.__('Nodes that want a password or a token are written down in ~/.maia/nodes, and then listed here.')}
      </p>
    </>
  );
}

export function NodeFields(props: Props): JSX.Element {
  return (
    <>
      {props.known.length > 0 && <Names {...props} />}
      {props.node.by === 'named' ? <Written {...props} /> : <Described {...props} />}
    </>
  );
}
