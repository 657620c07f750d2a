/** One class: its groups, its dates, who looks after it; change, cancel a date, end it for all. */

import * as React from 'react';

import { Booking, Class } from '../../../src/api';
import { ErrorText, ENGLISH, useNow } from '../../../src/ui';
import { MINUTE, ms, span } from '../../../src/ui/time';
import { DataTable } from '../admin/dataTable';
import { stateText } from '../../../src/bookings';
import { useLoaded } from '../live';
import { useServices } from '../services';
import { CancelDate, ChangeClass, EndClass } from './dialogs';

/** The bookings of all groups on one date. */
export interface ShownDate {
  start: number;
  end: number;
  bookings: Booking[];
  live: boolean;
}

export function datesOf(bookings: Booking[], now: number): ShownDate[] {
  const found = new Map<string, Booking[]>();
  for (const booking of bookings) {
    found.set(booking.start, [...(found.get(booking.start) ?? []), booking]);
  }
  return [...found.values()].map(those => ({
    start: ms(those[0].start),
    end: Math.max(...those.map(booking => ms(booking.end))),
    bookings: those,
    live: those.some(booking => booking.state !== 'ended' && ms(booking.end) > now)
  }));
}

type Opened = { kind: 'change' } | { kind: 'end' } | { kind: 'cancel'; date: ShownDate } | null;

function Groups({ shown }: { shown: Class }): JSX.Element {
  return (
    <DataTable label="Groups" heads={['Group', 'Students']}>
      {shown.groups.map(group => (
        <tr key={group.name}>
          <td>{group.name}</td>
          <td>{group.members.join(', ')}</td>
        </tr>
      ))}
    </DataTable>
  );
}

/** What the groups have on a date, those with the same in one piece. */
function standing(date: ShownDate): string {
  const states = new Map<string, string[]>();
  for (const booking of date.bookings) {
    const text = stateText(ENGLISH, booking);
    states.set(text, [...(states.get(text) ?? []), booking.of_class?.group ?? '']);
  }
  const told = [...states].map(([text, groups]) => (states.size > 1 ? `${text} (${groups.join(', ')})` : text));
  return told.join('; ');
}

function DateRow({ date, now, onCancel }: { date: ShownDate; now: number; onCancel: (() => void) | null }): JSX.Element {
  const when = span(date.start, date.end, now);
  return (
    <tr>
      <td>{when}</td>
      <td>{date.bookings.map(booking => `${booking.of_class?.group} on ${booking.node}`).sort().join(', ')}</td>
      <td>{standing(date)}</td>
      <td>
        {onCancel && date.live && (
          <button type="button" className="maia-Button" aria-label={`Cancel ${when}`} onClick={onCancel}>
            Cancel…
          </button>
        )}
      </td>
    </tr>
  );
}

interface ShownProps {
  shown: Class;
  title: DetailsProps['title'];
  now: number;
  onOpen: (opened: Opened) => void;
}

function Shown({ shown, title, now, onOpen }: ShownProps): JSX.Element {
  const changing = shown.may.includes('change');
  return (
    <>
      <div className="portal-CardTitle">
        <h2 id="class">{shown.name}</h2>
        {changing && (
          <div className="maia-Actions">
            <button type="button" className="maia-Button" onClick={() => onOpen({ kind: 'change' })}>
              Change groups and staff
            </button>
            <button type="button" className="maia-Button maia-mod-danger" onClick={() => onOpen({ kind: 'end' })}>
              End for all…
            </button>
          </div>
        )}
      </div>
      <dl className="maia-Facts">
        <dt>Project</dt>
        <dd>{title(shown.project)}</dd>
        <dt>Staff</dt>
        <dd>{shown.staff.join(', ')}</dd>
        <dt>For each group</dt>
        <dd>
          {shown.gpus} × {shown.product}
          {shown.ended && ', the class has ended'}
        </dd>
      </dl>
      <h3>{shown.role === 'member' ? 'Your group' : 'Groups'}</h3>
      <Groups shown={shown} />
      <h3>Dates</h3>
      <DataTable label="Dates" heads={['When', 'Where', 'State', 'Change']}>
        {datesOf(shown.bookings, now).map(date => (
          <DateRow
            key={date.start}
            date={date}
            now={now}
            onCancel={changing ? () => onOpen({ kind: 'cancel', date }) : null}
          />
        ))}
      </DataTable>
    </>
  );
}

export interface DetailsProps {
  id: string;
  /** What people call a project. */
  title: (project: string) => string;
  /** Loaded anew when it changes. */
  version: number | null;
  onChanged: () => void;
}

export function Details({ id, title, version, onChanged }: DetailsProps): JSX.Element {
  const { api, clock } = useServices();
  const now = useNow(clock, MINUTE);
  const [opened, setOpened] = React.useState<Opened>(null);
  const { value, error, reload } = useLoaded(() => api.oneClass(id), [api, id, version]);
  const close = () => setOpened(null);
  const done = () => {
    close();
    reload();
    onChanged();
  };
  return (
    <section className="portal-Card" aria-labelledby="class">
      {error !== null && <ErrorText error={error} />}
      {!value && <h2 id="class">Class</h2>}
      {value && <Shown shown={value} title={title} now={now} onOpen={setOpened} />}
      {value && opened?.kind === 'change' && <ChangeClass shown={value} onDone={done} onClose={close} />}
      {value && opened?.kind === 'end' && <EndClass shown={value} now={now} onDone={done} onClose={close} />}
      {value && opened?.kind === 'cancel' && (
        <CancelDate shown={value} date={opened.date} now={now} onDone={done} onClose={close} />
      )}
    </section>
  );
}
