import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database, Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import type { ExperimentRow } from './access.repository.ts';
import { findInstrument } from './access.repository.ts';
import { createCreation } from './create-experiment.ts';
import { createDeadlines } from './deadlines.ts';
import { createEditing } from './edit-experiment.ts';
import { requireExperiment, requireExperimentOfCode, rolesIn } from './experiment.policy.ts';
import {
  countDatasets,
  type ExternalIdKind,
  externalIdsOf,
  facilityOf,
  findByExternalId,
  openActivation,
} from './experiment.repository.ts';
import type { ExperimentDetail, ExperimentView } from './experiment.types.ts';
import { createExperimentImport } from './experiment-import.ts';
import { toView } from './experiment-view.ts';
import { createLifecycle } from './lifecycle.service.ts';
import { createExperimentList, NO_DATASETS } from './list-experiments.ts';
import { latestProlongation } from './prolongation.repository.ts';
import { createProlongations } from './prolongations.ts';
import { createSavedViews } from './saved-views.ts';
import { createUploadSwitch } from './upload-switch.ts';
import { createVisits } from './visits.ts';

export function createExperimentsService({ db }: { db: Database }) {
  async function viewOf(q: Queryable, ctx: ServiceContext, row: ExperimentRow): Promise<ExperimentView> {
    const instrument = (await findInstrument(q, row.instrumentId))!;
    const open = await openActivation(q, row.instrumentId);
    const activeSince = open?.experimentId === row.id ? open.startedAt : null;
    return toView(row, instrument, activeSince, await rolesIn(q, ctx, row.id));
  }

  async function detailOf(ctx: ServiceContext, row: ExperimentRow): Promise<ExperimentDetail> {
    const [view, facility, externalIds, counts, prolongation] = await Promise.all([
      viewOf(db, ctx, row),
      facilityOf(db, row.facilityId),
      externalIdsOf(db, row.id),
      countDatasets(db, [row.id]),
      latestProlongation(db, row.id),
    ]);
    const { code, name, timeZone } = facility!;
    return {
      ...view,
      facility: { code, name, timeZone },
      externalIds,
      embargoUntil: row.embargoUntil,
      terms: row.terms,
      version: row.version,
      prolongation,
      counts: counts.get(row.id) ?? NO_DATASETS,
    };
  }

  return {
    ...createCreation({ db }),
    ...createDeadlines({ db }),
    ...createEditing({ db }),
    ...createExperimentImport({ db }),
    ...createExperimentList({ db }),
    ...createLifecycle({ db }),
    ...createProlongations({ db }),
    ...createSavedViews({ db }),
    ...createUploadSwitch({ db }),
    ...createVisits({ db }),

    async get(ctx: ServiceContext, input: { experimentId: string }): Promise<ExperimentDetail> {
      return detailOf(ctx, await requireExperiment(db, ctx, input.experimentId, 'experiment.view'));
    },

    /** By code as people type it: case, hyphen and look-alike letters do not matter. */
    async getByCode(ctx: ServiceContext, input: { code: string }): Promise<ExperimentDetail> {
      return detailOf(ctx, await requireExperimentOfCode(db, ctx, input.code, 'experiment.view'));
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
