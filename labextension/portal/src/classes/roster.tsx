/** The list of students: a file, or text to be written and changed; what is wrong in it stands below, line by line. */

import * as React from 'react';

import { RosterFault } from '../../../src/api';

/** Larger files are no lists of a class; the service refuses them, too. */
const LARGEST = 50_000;

export interface RosterFieldProps {
  text: string;
  faults: RosterFault[];
  change: (text: string) => void;
}

export function RosterField({ text, faults, change }: RosterFieldProps): JSX.Element {
  const id = React.useId();
  const [said, setSaid] = React.useState('');
  const load = async (file: File | undefined) => {
    if (!file) {
      return;
    }
    if (file.size > LARGEST) {
      setSaid(`${file.name} is too large for a list of students.`);
      return;
    }
    change(await file.text());
    setSaid(`Read ${file.name}.`);
  };
  return (
    <fieldset className="portal-Roster">
      <legend>Students</legend>
      <p id={`${id}-how`} className="portal-Soft">
        A line for each student: group, user name at the hub. Commas, semicolons or tabs; UTF-8.
      </p>
      <label className="maia-Field">
        From a file (CSV)
        <input
          type="file"
          accept=".csv,.tsv,.txt,text/csv,text/plain"
          onChange={event => void load(event.target.files?.[0])}
        />
      </label>
      <label className="maia-Field">
        The list
        <textarea
          rows={6}
          spellCheck={false}
          value={text}
          placeholder={'group,user\nA,alice\nA,bob\nB,carol'}
          aria-describedby={`${id}-how ${id}-faults`}
          aria-invalid={faults.length > 0}
          onChange={event => change(event.target.value)}
        />
      </label>
      <small role="status">{said}</small>
      <div id={`${id}-faults`}>
        {faults.length > 0 && (
          <ul className="maia-Refusals" aria-label="What is wrong in the list">
            {faults.map(fault => (
              <li key={`${fault.line}-${fault.message}`}>
                <span>
                  <strong>Line {fault.line}:</strong> {fault.message}
                </span>
                {fault.given && <small>{fault.given}</small>}
              </li>
            ))}
          </ul>
        )}
      </div>
    </fieldset>
  );
}
