import { AppError } from '../../../shared/errors/app-error.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import {
  assertScope,
  type ExperimentRow,
  type ProjectRow,
  requireExperiment,
  requireProject,
  rolesIn,
  seenAmong,
} from '../experiments/experiment.policy.ts';
import { countDatasets, NO_DATASETS } from '../experiments/list-experiments.ts';
import {
  countLinks,
  deleteLink,
  insertLink,
  linkedTo,
  peopleOf,
  projectsReading,
} from './link.repository.ts';
import type { LinkedExperiment, ReadingProject } from './project.types.ts';

/** One page shows them all. */
const MOST_LINKS = 1000;
const MOST_SHOWN = 100;

interface Link {
  projectId: string;
  experimentId: string;
}

/**
 * Links by which everybody in a project reads an experiment. Who makes one manages both, for it gives to others what the experiment's people alone
 * decide on; either side takes it back, effective with the transaction.
 */
export function createProjectLinks({ db }: { db: Database }) {
  /** Tells the people of both, and makes sure that whoever listens to the experiment is asked anew whether they may. */
  async function told(tx: Transaction, ctx: ServiceContext, link: Link, action: string): Promise<void> {
    const { projectId, experimentId } = link;
    await recordAudit(
      tx,
      ctx,
      { action, entityKind: 'project', entityId: projectId, experimentId, detail: { projectId } },
      { action, entityKind: 'experiment', entityId: experimentId, experimentId: projectId, detail: {} },
    );
    const people = await peopleOf(tx, [projectId]);
    await publish(
      tx,
      ctx,
      {
        topics: [`experiment:${experimentId}`, ...people.map(({ id }) => `person:${id}` as const)],
        kind: 'member.changed',
        data: { experimentId },
      },
      { topics: [`experiment:${projectId}`], kind: 'experiment.changed', data: { experimentId: projectId } },
    );
  }

  return {
    /**
     * Everybody in the project reads the experiment from now on. For a Manager or the Owner of both, by themselves: not for staff, whose access lapses.
     * ALREADY_DONE when it does already.
     */
    async link(ctx: ServiceContext, input: Link): Promise<void> {
      await db.transaction(async (tx) => {
        const project: ProjectRow = await requireProject(tx, ctx, input.projectId, 'project.link');
        const experiment: ExperimentRow = await requireExperiment(
          tx,
          ctx,
          input.experimentId,
          'experiment.link',
        );
        const linkedBy = actingPerson(ctx);
        if (linkedBy === null) throw new AppError('NOT_ALLOWED', 'Only a person links an experiment.');
        if (experiment.facilityId !== project.facilityId) {
          throw new AppError('CONFLICT', `${experiment.code} is of another facility than ${project.code}.`);
        }
        if ((await countLinks(tx, project.id)) >= MOST_LINKS) {
          throw new AppError('CONFLICT', `A project reads at most ${MOST_LINKS} experiments. Make another.`);
        }
        const link = { projectId: project.id, experimentId: experiment.id };
        if (!(await insertLink(tx, { ...link, linkedBy, createdAt: ctx.now() }))) {
          throw new AppError('ALREADY_DONE', `${project.code} reads ${experiment.code} already.`);
        }
        await told(tx, ctx, link, 'project.link');
      });
    },

    /** From this moment the people of the project do not read the experiment by it. For Managers and the Owner of either. */
    async unlink(ctx: ServiceContext, input: Link): Promise<void> {
      assertScope(ctx, 'experiment.link');
      await db.transaction(async (tx) => {
        const [inProject, inExperiment] = [
          await rolesIn(tx, ctx, input.projectId),
          await rolesIn(tx, ctx, input.experimentId),
        ];
        const isSystem = ctx.principal.kind === 'system';
        const sees =
          isSystem || allows('experiment.view', inProject) || allows('experiment.people', inExperiment);
        const may = isSystem || allows('project.link', inProject) || allows('experiment.link', inExperiment);
        const hidden = new AppError('NOT_FOUND', 'There is no such link, or it is not yours to see.');
        if (!sees) throw ctx.principal.kind === 'anonymous' ? new AppError('NOT_SIGNED_IN') : hidden;
        if (!may) throw new AppError('NOT_ALLOWED');
        if (!(await deleteLink(tx, input))) throw hidden;
        await told(tx, ctx, input, 'project.unlink');
      });
    },

    /** What a project reads, for everybody in it. */
    async experiments(ctx: ServiceContext, input: { projectId: string }): Promise<LinkedExperiment[]> {
      const { id } = await requireProject(db, ctx, input.projectId, 'experiment.view');
      const links = await linkedTo(db, id);
      const ids = links.map((link) => link.experimentId);
      const [seen, counts] = await Promise.all([seenAmong(db, ctx, ids), countDatasets(db, ids)]);
      const byId = new Map(seen.map((row) => [row.experiment.id, row]));
      return links.flatMap(({ experimentId, ...link }) => {
        const found = byId.get(experimentId);
        if (!found) return [];
        const { code, title, piName, state, startedAt, plannedStart, finishedAt } = found.experiment;
        return {
          ...{ id: experimentId, code, title, piName, state, finishedAt },
          startsAt: startedAt ?? plannedStart,
          ...link,
          counts: counts.get(experimentId) ?? NO_DATASETS,
          roles: found.roles,
        };
      });
    },

    /** By which projects people read an experiment, and who they are: for whoever may see who has access to it. */
    async reading(ctx: ServiceContext, input: { experimentId: string }): Promise<ReadingProject[]> {
      const { id } = await requireExperiment(db, ctx, input.experimentId, 'experiment.people');
      const projects = await projectsReading(db, id);
      const people = await peopleOf(
        db,
        projects.map((project) => project.id),
      );
      const me = actingPerson(ctx);
      return projects.map((project) => {
        const its = people.filter(({ projectId }) => projectId === project.id);
        return {
          ...project,
          people: its.slice(0, MOST_SHOWN).map(({ projectId: _, ...who }) => who),
          peopleCount: its.length,
          isMine: its.some((who) => who.id === me),
        };
      });
    },
  };
}
