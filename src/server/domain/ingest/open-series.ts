import type { SeriesOpenRequest, SeriesOpenResponse } from '../../../shared/contracts/agent-api.ts';
import type { Geometry } from '../../../shared/contracts/geometry.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { AcquisitionKind } from '../../../shared/model/states.ts';
import { cleanPrefix, suffixedPath } from '../../../shared/model/store-path.ts';
import { marginOf, whoseData } from '../../../shared/model/whose-data.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { type AgentPrincipal, requireAgent } from '../agents/agents.service.ts';
import type { ServiceContext } from '../context.ts';
import { announceDataset } from './dataset-changes.ts';
import {
  activationsTouching,
  type DatasetRow,
  experimentCode,
  findBySeriesKey,
  insertAcquisition,
  insertDataset,
  nextFreeNumber,
  upsertSample,
} from './series.repository.ts';

/** Names tried before giving up; each try is lost only to another series of the same name at the same moment. */
const MAX_NAME_TRIES = 50;

function acquisitionKind(geometry: Geometry): AcquisitionKind {
  const increment = geometry.omegaIncrementDeg;
  if (increment === null || increment === undefined) return 'other';
  return increment === 0 ? 'still' : 'rotation';
}

async function answerOf(q: Queryable, agent: AgentPrincipal, row: DatasetRow): Promise<SeriesOpenResponse> {
  if (row.instrumentId !== agent.instrumentId) {
    throw new AppError('CONFLICT', 'This series key belongs to another instrument.');
  }
  return {
    datasetId: row.id,
    base: row.base,
    experimentCode: await experimentCode(q, row.experimentId),
    unassignedReason: row.unassignedReason,
  };
}

/** Rolls the transaction back when the same series was opened beside it. */
class OpenedBeside extends Error {}

/**
 * Registers a series at its start message: decides whose it is, gives it a name, makes sample, acquisition and dataset. The same
 * series key always gets the same answer.
 */
export async function openSeries(
  db: Database,
  ctx: ServiceContext,
  input: SeriesOpenRequest,
): Promise<SeriesOpenResponse> {
  const agent = requireAgent(ctx);
  const known = await findBySeriesKey(db, input.seriesKey);
  if (known) return answerOf(db, agent, known);
  try {
    return answerOf(db, agent, await insertSeries(db, ctx, agent, input));
  } catch (error) {
    const beside = error instanceof OpenedBeside ? await findBySeriesKey(db, input.seriesKey) : null;
    if (!beside) throw error;
    return answerOf(db, agent, beside);
  }
}

async function insertSeries(
  db: Database,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  input: SeriesOpenRequest,
): Promise<DatasetRow> {
  const { instrumentId, agentId } = agent;
  const startedAt = new Date(Date.parse(input.startedAt) + input.clockOffsetMs);
  const wanted = `raw/${cleanPrefix(input.prefix).prefix || `series_${input.seriesId}`}`;
  const sampleName = input.sampleName?.trim() || null;
  return db.transaction(async (tx) => {
    const doubtMs = input.clockDoubtMs ?? 0;
    const margin = (sign: 1 | -1) => new Date(startedAt.getTime() + sign * marginOf(doubtMs));
    const history = await activationsTouching(tx, instrumentId, margin(-1), margin(1));
    const whose = whoseData(startedAt, ctx.now(), history, doubtMs);
    const experimentId = 'experimentId' in whose ? whose.experimentId : null;
    const unassignedReason = 'unassignedReason' in whose ? whose.unassignedReason : null;
    const createdAt = ctx.now();
    const sampleId =
      experimentId !== null && sampleName !== null
        ? await upsertSample(tx, { id: ctx.newId(), experimentId, name: sampleName, createdAt })
        : null;
    const acquisitionId = ctx.newId();
    await insertAcquisition(tx, {
      id: acquisitionId,
      instrumentId,
      experimentId,
      sampleId,
      kind: acquisitionKind(input.geometry),
      energyEv: input.geometry.energyEv ?? null,
      // The name is kept where no experiment holds a sample of that name yet.
      parameters: sampleName !== null && sampleId === null ? { sampleName } : {},
      startedAt,
    });
    const row: DatasetRow = {
      id: ctx.newId(),
      acquisitionId,
      instrumentId,
      experimentId,
      unassignedReason,
      agentId,
      sourceKind: 'stream',
      source: null,
      sourceStem: null,
      seriesKey: input.seriesKey,
      participants: input.participants ?? 1,
      detectorName: input.detector,
      detectorSerialNumber: input.detectorSerialNumber,
      seriesUniqueId: input.seriesUniqueId,
      base: wanted,
      state: 'receiving',
      ending: null,
      framesExpected: input.framesExpected,
      framesReceived: null,
      framesStored: 0,
      framesPerFile: input.framesPerFile,
      missing: [],
      lost: [],
      absentFiles: [],
      channels: input.channels,
      geometry: input.geometry,
      userData: input.userData ?? null,
      masks: [],
      masterFileId: null,
      summary: {},
      startedAt,
      endedAt: null,
      createdAt,
    };
    for (let tries = 0; ; tries++) {
      if (experimentId !== null) {
        row.base = suffixedPath(wanted, await nextFreeNumber(tx, experimentId, wanted));
      }
      // Waits for a transaction that holds the same base or series key; the loser sees it in the next round.
      if (await insertDataset(tx, row)) break;
      if (await findBySeriesKey(tx, input.seriesKey)) throw new OpenedBeside();
      if (tries === MAX_NAME_TRIES) throw new AppError('CONFLICT', `No free name like ${wanted} was found.`);
    }
    const detail = { base: row.base, wanted: input.prefix, unassignedReason };
    await recordAudit(tx, ctx, {
      action: 'dataset.open',
      entityKind: 'dataset',
      entityId: row.id,
      experimentId,
      detail,
    });
    await announceDataset(tx, ctx, row);
    return row;
  });
}
