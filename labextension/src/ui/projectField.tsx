/** For which project a booking is: asked only of those who are in several. */

import * as React from 'react';

import { Api, Project } from '../api';
import { useTrans } from './text';
import { taken } from './quota';

/** The projects that a booking can be for; null while they are not known. */
export function useProjects(api: Api): Project[] | null {
  const [projects, setProjects] = React.useState<Project[] | null>(null);
  React.useEffect(() => {
    let current = true;
    api.projects().then(
      found => current && setProjects(found.filter(project => project.roles.length > 0)),
      // The service itself says what it thinks of a booking without one.
      () => current && setProjects([])
    );
    return () => {
      current = false;
    };
  }, [api]);
  return projects;
}

export function called(project: Project): string {
  return project.title ? `${project.title} (${project.name})` : project.name;
}

export interface ProjectFieldProps {
  projects: Project[];
  chosen: string;
  choose: (project: string) => void;
}

export function ProjectField({ projects, chosen, choose }: ProjectFieldProps): JSX.Element | null {
  const trans = useTrans();
  const id = React.useId();
  const project = projects.find(one => one.name === chosen);
  if (projects.length < 2) {
    return null;
  }
  return (
    <div className="maia-Field">
      <label htmlFor={id}>{trans.__('Project')}</label>
      <select
        id={id}
        name="project"
        value={chosen}
        aria-describedby={`${id}-left`}
        onChange={e => choose(e.target.value)}
      >
        {projects.map(one => (
          <option key={one.name} value={one.name}>
            {called(one)}
          </option>
        ))}
      </select>
      <small id={`${id}-left`}>{project ? taken(project, trans) : ''}</small>
    </div>
  );
}
