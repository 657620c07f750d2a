/** The list of students: a file, or text to be written and changed; what is wrong in it stands below, line by line. */

import * as React from 'react';

import { ClassCheck, RosterFault } from '../../../src/api';

/** Larger files are no lists of a class; the service refuses them, too. */
const LARGEST = 50_000;

export interface RosterFieldProps {
  text: string;
  /** Of a list that was sent and refused. */
  faults?: RosterFault[];
  /** What a preview found in it. */
  check: ClassCheck | null;
  change: (text: string) => void;
}

function Lines({ lines, label, className }: { lines: RosterFault[]; label: string; className: string }): JSX.Element | null {
  return lines.length === 0 ? null : (
    <ul className={className} aria-label={label}>
      {lines.map(({ line, message, given }) => (
        <li key={`${line}-${message}`}>
          <span>
            <strong>Line {line}:</strong> {message}
          </span>
          {given && !message.includes(given) && <small>{given}</small>}
        </li>
      ))}
    </ul>
  );
}

/** Whom of the staff the hub does not know. */
export function StrangeStaff({ check }: { check: ClassCheck | null }): JSX.Element | null {
  return !check?.strange_staff.length ? null : (
    <ul className="maia-Refusals portal-Warnings" aria-label="Staff whom the hub does not know">
      {check.strange_staff.map(name => (
        <li key={name}>
          <span>The hub does not know {name}: nobody of that name has signed in yet. Is the name right?</span>
        </li>
      ))}
    </ul>
  );
}

export function RosterField({ text, faults = [], check, change }: RosterFieldProps): JSX.Element {
  const id = React.useId();
  const [said, setSaid] = React.useState('');
  const wrong = faults.length ? faults : (check?.faults ?? []);
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
          aria-invalid={wrong.length > 0}
          onChange={event => {
            setSaid('');
            change(event.target.value);
          }}
        />
      </label>
      <small role="status">{said}</small>
      <div id={`${id}-faults`}>
        <Lines lines={wrong} label="What is wrong in the list" className="maia-Refusals" />
        <Lines
          lines={check?.warnings ?? []}
          label="Names that the hub does not know"
          className="maia-Refusals portal-Warnings"
        />
        {check && !check.hub_asked && (
          <p className="portal-Soft">The hub could not be asked whether it knows all of these names.</p>
        )}
      </div>
    </fieldset>
  );
}
