/** My projects, and what is booked of what they may use. */

import * as React from 'react';

import { Project } from '../../src/api';
import { ENGLISH, called, taken } from '../../src/ui';
import { useLoaded } from './live';
import { useServices } from './services';

const OFFICES: Record<Project['roles'][number], string> = {
  member: '',
  lead: ', which you lead',
  steward: ', whose data steward you are'
};

function officesOf(project: Project): string {
  return project.roles.map(role => OFFICES[role]).join('');
}

/** Shown to those who have more than the one project of all, without limits. */
export function Projects({ version }: { version: number | null }): JSX.Element | null {
  const { api } = useServices();
  const { value } = useLoaded(() => api.projects(), [api, version]);
  const shown = (value ?? []).filter(project => project.name !== 'default' || taken(project, ENGLISH));
  if (!shown.length) {
    return null;
  }
  return (
    <section className="portal-Card" aria-labelledby="my-projects">
      <h2 id="my-projects">Projects</h2>
      <ul className="portal-Projects">
        {shown.map(project => (
          <li key={project.name}>
            <strong>{called(project)}</strong>
            {officesOf(project)}
            <small>{taken(project, ENGLISH) || 'No limits.'}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}
