import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { instant } from './columns.ts';
import { experiment } from './experiments.ts';
import { person } from './people.ts';

/**
 * An experiment that a project reads: while the row stands, whoever is in the project reads the experiment, and writes nothing in it. Both are
 * rows of `experiment`: the one of kind `project`, the other of kind `experiment`.
 */
export const projectLink = pgTable(
  'project_link',
  {
    projectId: uuid('project_id')
      .notNull()
      .references(() => experiment.id),
    experimentId: uuid('experiment_id')
      .notNull()
      .references(() => experiment.id),
    /** The Manager or Owner of both who linked them. */
    linkedBy: uuid('linked_by')
      .notNull()
      .references(() => person.id),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.projectId, t.experimentId] }),
    index('project_link_experiment').on(t.experimentId),
    check('project_link_of_two', sql`${t.projectId} <> ${t.experimentId}`),
  ],
);
