'use client';
import { PeopleOfPlace } from '#src/features/experiments/index.ts';
import { useProject } from './project-context.ts';

/** Who is in the project, by the same roles as in an experiment. */
export function ProjectPeople() {
  const { id, code, roles } = useProject().project;
  return <PeopleOfPlace place={{ id, code, kind: 'project', roles }} />;
}
