import { z } from 'zod';
import { experimentKeywords, experimentTitle } from '../../../shared/model/experiment-fields.ts';
import type { ExperimentState } from '../../../shared/model/states.ts';
import type { ExperimentRole, Role } from '../../../shared/permissions/permission-table.ts';

export const createProjectSchema = z.object({
  title: experimentTitle,
  keywords: experimentKeywords.default([]),
  /** Code of the facility whose experiments it is to read; may be left out where the person has to do with one alone, or there is but one. */
  facility: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{2,5}$/, 'A code of two to five letters.')
    .optional(),
});
export type CreateProjectInput = z.output<typeof createProjectSchema>;

/** What is not given stays. */
export const editProjectSchema = z.object({
  projectId: z.uuid(),
  /** The version that the editor read: CONFLICT when somebody else has changed it since. */
  version: z.int().min(1),
  title: experimentTitle.optional(),
  keywords: experimentKeywords.optional(),
});
export type EditProjectInput = z.output<typeof editProjectSchema>;

/** A project as somebody in it sees it. */
export interface ProjectView {
  id: string;
  code: string;
  title: string;
  keywords: string[];
  ownerName: string;
  facility: { code: string; name: string; timeZone: string };
  createdAt: Date;
  /** Sent back with an edit. */
  version: number;
  counts: { experiments: number; people: number };
  roles: Role[];
}

/** An experiment that a project reads. */
export interface LinkedExperiment {
  id: string;
  code: string;
  title: string;
  piName: string;
  state: ExperimentState;
  instrumentName: string;
  /** When it began, or is planned to. */
  startsAt: Date | null;
  finishedAt: Date | null;
  counts: { datasets: number; receiving: number; latestAt: Date | null };
  linkedBy: string;
  linkedAt: Date;
  /** Of the caller in the experiment. */
  roles: Role[];
}

/** A project that reads an experiment, as people of the experiment see it: who comes in by it, and who let them. */
export interface ReadingProject {
  id: string;
  code: string;
  title: string;
  linkedBy: string;
  linkedAt: Date;
  /** Those who can sign in, Owner first; at most `MOST_SHOWN`. */
  people: { id: string; name: string; role: ExperimentRole }[];
  /** How many they are. */
  peopleCount: number;
  /** Whether the caller is in the project too. */
  isMine: boolean;
}
