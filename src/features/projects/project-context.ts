'use client';
import { createContext, useContext } from 'react';
import type { ProjectView } from '#src/server/domain/projects/project.types.ts';

export interface OpenProject {
  project: ProjectView;
  /** Asks for it again, soon. */
  refresh: () => void;
}

export const ProjectContext = createContext<OpenProject | null>(null);

/** The project of the page one is on. */
export function useProject(): OpenProject {
  const open = useContext(ProjectContext);
  if (!open) throw new Error('useProject is only for the pages of a project');
  return open;
}
