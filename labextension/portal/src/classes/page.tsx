/** Classes: those that I am in, teach or lead; a new one, and one of them with its groups and dates. */

import * as React from 'react';

import { Class } from '../../../src/api';
import { ErrorText, useNow } from '../../../src/ui';
import { MINUTE, moment, ms } from '../../../src/ui/time';
import { DataTable } from '../admin/dataTable';
import { useLiveState, useLoaded } from '../live';
import { useServices } from '../services';
import { Details } from './details';
import { NewClass } from './newClass';

const ROLES: Record<Class['role'], string> = { lead: 'you lead its project', staff: 'you are of its staff', member: 'you are in it' };

interface RowProps {
  shown: Class;
  project: string;
  now: number;
  onOpen: () => void;
}

function Row({ shown, project, now, onOpen }: RowProps): JSX.Element {
  const next = shown.ended ? 'ended' : shown.next ? moment(ms(shown.next), now) : 'over';
  return (
    <tr>
      <td>
        <button type="button" className="maia-Button" aria-label={`Open ${shown.name}`} onClick={onOpen}>
          {shown.name}
        </button>
      </td>
      <td>{project}</td>
      <td>{shown.group ? `group ${shown.group}` : ROLES[shown.role]}</td>
      <td>
        {shown.gpus} × {shown.product}
      </td>
      <td>{shown.left}</td>
      <td>{next}</td>
    </tr>
  );
}

export function ClassesPage(): JSX.Element {
  const { api, clock, me } = useServices();
  const state = useLiveState();
  const now = useNow(clock, MINUTE);
  const [opened, setOpened] = React.useState<string | null>(null);
  const [making, setMaking] = React.useState(false);
  const projects = useLoaded(() => api.projects(), [api]);
  const { value, error, reload } = useLoaded(() => api.classes(), [api, state?.calendar_version]);
  const led = (projects.value ?? []).filter(project => me.admin || project.roles.includes('lead'));
  const title = (name: string) => (projects.value ?? []).find(project => project.name === name)?.title || name;
  const onMade = (made: Class) => {
    setMaking(false);
    setOpened(made.id);
    reload();
  };
  return (
    <>
      <div className="portal-Title">
        <h1>Classes</h1>
        {led.length > 0 && (
          <button
            type="button"
            className="maia-Button maia-mod-primary"
            disabled={!state}
            onClick={() => setMaking(true)}
          >
            New class
          </button>
        )}
      </div>
      <section className="portal-Card" aria-labelledby="classes">
        <h2 id="classes">My classes</h2>
        {error !== null && <ErrorText error={error} />}
        {value === null && error === null && <div className="maia-Skeleton" />}
        {value?.length === 0 && (
          <p className="portal-Soft">
            You are in no class. {led.length > 0 ? 'Make one: each of its groups gets its own GPUs on every date.' : 'Who leads a project can make one.'}
          </p>
        )}
        {value !== null && value.length > 0 && (
          <DataTable label="My classes" heads={['Class', 'Project', 'You', 'For each group', 'Dates left', 'Next']}>
            {value.map(each => (
              <Row key={each.id} shown={each} project={title(each.project)} now={now} onOpen={() => setOpened(each.id)} />
            ))}
          </DataTable>
        )}
      </section>
      {opened && <Details key={opened} id={opened} title={title} version={state?.calendar_version ?? null} onChanged={reload} />}
      {making && state && <NewClass pools={state.pools} projects={led} onMade={onMade} onClose={() => setMaking(false)} />}
    </>
  );
}
