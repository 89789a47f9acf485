import { AppError } from '../../../shared/errors/app-error.ts';
import { makeExperimentCode, parseExperimentCode } from '../../../shared/model/experiment-code.ts';
import type { ExperimentState } from '../../../shared/model/states.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database, Queryable, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import type { ExperimentRow } from './access.repository.ts';
import { findInstrument } from './access.repository.ts';
import {
  requireExperiment,
  requireInstrument,
  rolesIn,
  STAFF_ACCESS_MS,
  visibleRoles,
} from './experiment.policy.ts';
import {
  countDatasets,
  type ExternalIdKind,
  externalIdsOf,
  facilityOf,
  findByCode,
  findByExternalId,
  insertExperiment,
  insertExternalIds,
  type ListedExperiment,
  listVisible,
  openActivation,
} from './experiment.repository.ts';
import type {
  CreateExperimentInput,
  ExperimentDetail,
  ExperimentListItem,
  ExperimentView,
  Page,
} from './experiment.types.ts';
import { toView } from './experiment-view.ts';
import { createLifecycle } from './lifecycle.service.ts';
import { findPersonByEmail, insertMembership } from './membership.repository.ts';
import { createUploadSwitch } from './upload-switch.ts';

/** 32^5 codes per facility and year: a second draw is rare, a fifth means that something else is wrong. */
const CODE_DRAWS = 5;

async function insertWithFreshCode(
  tx: Transaction,
  ctx: ServiceContext,
  facilityCode: string,
  row: Omit<ExperimentRow, 'code'>,
): Promise<ExperimentRow> {
  for (let draw = 0; draw < CODE_DRAWS; draw++) {
    const code = makeExperimentCode(
      facilityCode,
      row.createdAt.getUTCFullYear(),
      [...ctx.randomBytes(5)].map((byte) => byte & 31),
    );
    const inserted = await insertExperiment(tx, { ...row, code });
    if (inserted) return inserted;
  }
  throw new AppError('UNAVAILABLE', `No free experiment code after ${CODE_DRAWS} draws.`);
}

const NO_DATASETS = { datasets: 0, receiving: 0, latestAt: null };

export interface ListExperimentsInput {
  instrumentId?: string;
  states?: readonly ExperimentState[];
  search?: string;
  cursor?: string | null;
  limit?: number;
}

export function createExperimentsService({ db }: { db: Database }) {
  const lifecycle = createLifecycle({ db });

  async function viewOf(q: Queryable, ctx: ServiceContext, row: ExperimentRow): Promise<ExperimentView> {
    const instrument = (await findInstrument(q, row.instrumentId))!;
    const open = await openActivation(q, row.instrumentId);
    const activeSince = open?.experimentId === row.id ? open.startedAt : null;
    return toView(row, instrument, activeSince, await rolesIn(q, ctx, row.id));
  }

  async function detailOf(ctx: ServiceContext, row: ExperimentRow): Promise<ExperimentDetail> {
    const [view, facility, externalIds, counts] = await Promise.all([
      viewOf(db, ctx, row),
      facilityOf(db, row.facilityId),
      externalIdsOf(db, row.id),
      countDatasets(db, [row.id]),
    ]);
    const { code, name, timeZone } = facility!;
    return {
      ...view,
      facility: { code, name, timeZone },
      externalIds,
      counts: counts.get(row.id) ?? NO_DATASETS,
    };
  }

  return {
    ...lifecycle,
    ...createUploadSwitch({ db }),

    /** A new experiment in Preparation; its PI, who needs an account, becomes Owner. For staff of the instrument. */
    async create(ctx: ServiceContext, wanted: CreateExperimentInput): Promise<ExperimentView> {
      return db.transaction(async (tx) => {
        const instrument = await requireInstrument(tx, ctx, wanted.instrumentId, 'instrument.activate');
        const facility = (await facilityOf(tx, instrument.facilityId))!;
        const pi = await findPersonByEmail(tx, wanted.piEmail);
        if (!pi) {
          throw new AppError('BAD_INPUT', {
            message: `${wanted.piEmail} has no account yet. The principal investigator becomes Owner, so create the account first.`,
            details: { field: 'piEmail' },
          });
        }
        const row = await insertWithFreshCode(tx, ctx, facility.code, {
          id: ctx.newId(),
          facilityId: facility.id,
          instrumentId: instrument.id,
          title: wanted.title,
          keywords: wanted.keywords,
          state: 'preparation',
          piName: pi.name,
          plannedStart: wanted.plannedStart ?? null,
          plannedEnd: wanted.plannedEnd ?? null,
          startedAt: null,
          finishedAt: null,
          proprietary: wanted.proprietary,
          uploadEnabled: true,
          uploadSince: null,
          uploadBy: null,
          uploadHeld: 'send',
          createdAt: ctx.now(),
        });
        await insertMembership(tx, {
          experimentId: row.id,
          personId: pi.id,
          role: 'owner',
          createdAt: row.createdAt,
        });
        const linked = await insertExternalIds(
          tx,
          wanted.externalIds.map((external) => ({
            ...external,
            facilityId: facility.id,
            entityId: row.id,
            createdAt: row.createdAt,
          })),
        );
        if (linked !== wanted.externalIds.length) {
          throw new AppError('CONFLICT', 'One of the external ids already belongs to something else.');
        }
        await recordAudit(tx, ctx, {
          action: 'experiment.create',
          entityKind: 'experiment',
          entityId: row.id,
          experimentId: row.id,
          detail: { code: row.code, title: row.title, owner: pi.id },
        });
        await publish(tx, ctx, {
          topics: [`experiment:${row.id}`, `person:${pi.id}`],
          kind: 'member.changed',
          data: { experimentId: row.id },
        });
        await publish(tx, ctx, {
          topics: [`instrument:${instrument.id}`],
          kind: 'experiment.changed',
          data: { experimentId: row.id },
        });
        return toView(row, instrument, null, await rolesIn(tx, ctx, row.id));
      });
    },

    /** The experiments the caller may see, newest first. `search` looks in code, title and PI. */
    async list(ctx: ServiceContext, input: ListExperimentsInput): Promise<Page<ExperimentListItem>> {
      if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      if (ctx.principal.kind === 'agent' || ctx.principal.kind === 'token') {
        return { items: [], nextCursor: null };
      }
      const limit = Math.min(Math.max(input.limit ?? 50, 1), 200);
      const rows = await listVisible(db, {
        personId: ctx.principal.kind === 'person' ? ctx.principal.personId : null,
        staffFinishedAfter: new Date(ctx.now().getTime() - STAFF_ACCESS_MS),
        instrumentId: input.instrumentId,
        states: input.states,
        search: input.search?.trim() || undefined,
        before: input.cursor ?? undefined,
        limit: limit + 1,
      });
      const page = rows.slice(0, limit);
      const counts = await countDatasets(
        db,
        page.map((row) => row.experiment.id),
      );
      const item = (row: ListedExperiment): ExperimentListItem => ({
        ...toView(row.experiment, row.instrument, row.activeSince, visibleRoles(row, ctx.now())),
        counts: counts.get(row.experiment.id) ?? NO_DATASETS,
      });
      return { items: page.map(item), nextCursor: rows.length > limit ? page.at(-1)!.experiment.id : null };
    },

    async get(ctx: ServiceContext, input: { experimentId: string }): Promise<ExperimentDetail> {
      return detailOf(ctx, await requireExperiment(db, ctx, input.experimentId, 'experiment.view'));
    },

    /** By code as people type it: case, hyphen and look-alike letters do not matter. */
    async getByCode(ctx: ServiceContext, input: { code: string }): Promise<ExperimentDetail> {
      const code = parseExperimentCode(input.code);
      const found = code ? await findByCode(db, code) : null;
      if (!found) {
        // The same refusal whether the code is free or somebody else's.
        throw new AppError('NOT_FOUND', 'There is no such experiment, or it is not yours to see.');
      }
      return detailOf(ctx, await requireExperiment(db, ctx, found.id, 'experiment.view'));
    },

    /** The experiment another system knows by this id, or null; null as well when the caller may not see it. */
    async findByExternalId(
      ctx: ServiceContext,
      input: { facilityId: string; kind: ExternalIdKind; value: string },
    ): Promise<ExperimentView | null> {
      const entityId = await findByExternalId(db, input.facilityId, input.kind, input.value);
      if (!entityId) return null;
      const seesAll = ctx.principal.kind === 'system';
      if (!seesAll && !allows('experiment.view', await rolesIn(db, ctx, entityId))) return null;
      return viewOf(db, ctx, await requireExperiment(db, ctx, entityId, 'experiment.view'));
    },
  };
}

export type ExperimentsService = ReturnType<typeof createExperimentsService>;
