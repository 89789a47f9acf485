import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { writeFields } from '../experiments/edit-experiment.ts';
import {
  assertScope,
  type ProjectRow,
  requireMaker,
  requireProject,
  requireProjectOfCode,
  rolesThrough,
} from '../experiments/experiment.policy.ts';
import type { Page } from '../experiments/experiment.types.ts';
import { insertWithFreshCode } from '../experiments/fresh-code.ts';
import { wordsOf } from '../experiments/list-experiments.ts';
import {
  type FacilityChoice,
  facilitiesFor,
  listProjects,
  type ProjectFacts,
  projectFacts,
} from './project.repository.ts';
import type { CreateProjectInput, EditProjectInput, ProjectView } from './project.types.ts';
import { createProjectLinks } from './project-links.ts';

function viewOf(ctx: ServiceContext, facts: ProjectFacts): ProjectView {
  const { project, memberRole, ownerName, facility, experiments, people } = facts;
  const { id, code, title, keywords, createdAt, version } = project;
  return {
    ...{ id, code, title, keywords, createdAt, version, ownerName, facility },
    counts: { experiments, people },
    roles: rolesThrough(ctx, { experiment: project, memberRole, isReader: false, isStaff: false }),
  };
}

/** Projects: containers as experiments are, made by anybody with an account, not tied to an instrument. Their people are the members service's. */
export function createProjectsService({ db }: { db: Database }) {
  /** The facility of a new project: the one that is named; else the only one the person has to do with, or the only one there is. */
  async function facilityFor(q: Queryable, personId: string, code?: string): Promise<FacilityChoice> {
    const choices = await facilitiesFor(q, personId);
    const own = choices.filter((each) => each.isOwn);
    const fitting =
      code !== undefined ? choices.filter((each) => each.code === code) : own.length > 0 ? own : choices;
    if (fitting.length === 1) return fitting[0]!;
    const message = `Say at which facility: ${choices.map((each) => each.code).join(' or ')}.`;
    throw new AppError('BAD_INPUT', { message, details: { fields: { facility: message } } });
  }

  const detailOf = async (ctx: ServiceContext, { id }: ProjectRow): Promise<ProjectView> =>
    viewOf(ctx, await projectFacts(db, id, actingPerson(ctx)));

  return {
    ...createProjectLinks({ db }),

    /** At which facilities the caller may make one, those first that they have to do with. */
    async facilities(ctx: ServiceContext): Promise<{ code: string; name: string }[]> {
      const choices = await facilitiesFor(db, requireMaker(ctx, 'project.link'));
      return choices.map(({ code, name }) => ({ code, name }));
    },

    /** A new project, whose Owner is who makes it. */
    async create(ctx: ServiceContext, input: CreateProjectInput): Promise<ProjectView> {
      const personId = requireMaker(ctx, 'project.link');
      const facts = await db.transaction(async (tx) => {
        const facility = await facilityFor(tx, personId, input.facility);
        const row = await insertWithFreshCode(
          tx,
          ctx,
          facility.code,
          { personId, addedBy: personId },
          {
            ...{ id: ctx.newId(), kind: 'project', facilityId: facility.id },
            ...{ title: input.title, keywords: input.keywords, state: 'running' },
            createdAt: ctx.now(),
          },
        );
        await recordAudit(tx, ctx, {
          ...{ action: 'project.create', entityKind: 'project', entityId: row.id, experimentId: row.id },
          detail: { code: row.code, title: row.title, owner: personId },
        });
        await publish(tx, ctx, {
          topics: [`experiment:${row.id}`, `person:${personId}`],
          kind: 'member.changed',
          data: { experimentId: row.id },
        });
        return projectFacts(tx, row.id, personId);
      });
      return viewOf(ctx, facts);
    },

    /** Those the caller is in, the newest first. Every word of `search` must stand in code, title or keywords. */
    async list(
      ctx: ServiceContext,
      input: { search?: string; cursor?: string | null; limit?: number },
    ): Promise<Page<ProjectView>> {
      if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      if (ctx.principal.kind === 'agent') return { items: [], nextCursor: null };
      assertScope(ctx, 'experiment.view');
      const after = input.cursor ?? null;
      if (after !== null && !isUuid(after))
        throw new AppError('BAD_INPUT', 'The cursor is not one of this list.');
      const limit = Math.min(Math.max(input.limit ?? 50, 1), 200);
      const rows = await listProjects(db, {
        ...{ personId: actingPerson(ctx), words: wordsOf(input.search), after, limit: limit + 1 },
      });
      const page = rows.slice(0, limit);
      // A token may open less than its person sees.
      const items = page
        .map((facts) => viewOf(ctx, facts))
        .filter(({ roles }) => ctx.principal.kind !== 'token' || roles.length > 0);
      return { items, nextCursor: rows.length > limit ? page.at(-1)!.project.id : null };
    },

    /** By code as people type it. */
    async getByCode(ctx: ServiceContext, input: { code: string }): Promise<ProjectView> {
      return detailOf(ctx, await requireProjectOfCode(db, ctx, input.code, 'experiment.view'));
    },

    /** Changes title and keywords. Who read an older version is told CONFLICT. Setting what is set already changes nothing. */
    async edit(ctx: ServiceContext, input: EditProjectInput): Promise<{ version: number }> {
      const { projectId, version, ...fields } = input;
      return db.transaction(async (tx) => {
        const row = await requireProject(tx, ctx, projectId, 'experiment.edit');
        return { version: await writeFields(tx, ctx, row, version, fields) };
      });
    },
  };
}

export type ProjectsService = ReturnType<typeof createProjectsService>;
