import type { SeriesOpenRequest, SeriesOpenResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { cleanPrefix, suffixedPath } from '../../../shared/model/store-path.ts';
import { marginOf, whoseData } from '../../../shared/model/whose-data.ts';
import type { Database, Queryable, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { type AgentPrincipal, requireAgent } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { findPart, findShared, insertPart, lockSeries } from './part.repository.ts';
import { placeFor, placesOf } from './place.ts';
import { OpenedBeside, registerDataset } from './register-dataset.ts';
import {
  activationsTouching,
  type DatasetRow,
  experimentCode,
  findBySeriesKey,
  nextFreeNumber,
} from './series.repository.ts';
import { ownedBy } from './whose.ts';

/** The answer to an opening, also a repeated one. Throws CONFLICT when the key belongs to another instrument. */
export async function openedAnswer(
  q: Queryable,
  agent: AgentPrincipal,
  row: DatasetRow,
): Promise<SeriesOpenResponse> {
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

/** The dataset that was opened under this key, by the one who made it or one who joined it. */
export async function findOpened(q: Queryable, seriesKey: string): Promise<DatasetRow | null> {
  return (await findBySeriesKey(q, seriesKey)) ?? (await findPart(q, seriesKey))?.dataset ?? null;
}

/** Runs `register` unless the key is known; whatever happens beside it, one key gets one dataset. */
export async function openOnce(
  db: Database,
  agent: AgentPrincipal,
  seriesKey: string,
  register: (tx: Transaction) => Promise<DatasetRow>,
): Promise<SeriesOpenResponse> {
  const known = await findOpened(db, seriesKey);
  if (known) return openedAnswer(db, agent, known);
  try {
    return openedAnswer(db, agent, await db.transaction(register));
  } catch (error) {
    const beside = error instanceof OpenedBeside ? await findOpened(db, seriesKey) : null;
    if (!beside) throw error;
    return openedAnswer(db, agent, beside);
  }
}

/**
 * Registers a series at its start message: decides whose it is, gives it a name, makes sample, acquisition and dataset. The same
 * series key always gets the same answer. Of a series that several agents receive, the first that comes makes the dataset and the others
 * join it. Throws CONFLICT when one of them cannot.
 */
export async function openSeries(
  db: Database,
  ctx: ServiceContext,
  input: SeriesOpenRequest,
): Promise<SeriesOpenResponse> {
  const agent = requireAgent(ctx);
  const participants = input.participants ?? 1;
  return openOnce(db, agent, input.seriesKey, async (tx) => {
    if (participants === 1) return insertSeries(tx, ctx, agent, input);
    await lockSeries(tx, agent.instrumentId, input);
    if (await findPart(tx, input.seriesKey)) throw new OpenedBeside();
    const shared = await findShared(tx, agent.instrumentId, input);
    const joined = shared && (await joinSeries(tx, ctx, agent, input, shared));
    const row = joined ?? (await insertSeries(tx, ctx, agent, input));
    await insertPart(tx, {
      seriesKey: input.seriesKey,
      datasetId: row.id,
      agentId: agent.agentId,
      openedAt: ctx.now(),
    });
    return row;
  });
}

/**
 * The dataset that another agent opened for this series, when there is room for one more. Null when all who take part have come: then it
 * is another series with the same id. Throws CONFLICT when the parts do not fit together.
 */
async function joinSeries(
  tx: Transaction,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  input: SeriesOpenRequest,
  { dataset, agentIds }: { dataset: DatasetRow; agentIds: readonly string[] },
): Promise<DatasetRow | null> {
  if (agentIds.includes(agent.agentId) || agentIds.length >= dataset.participants) return null;
  const participants = input.participants ?? 1;
  const fault =
    dataset.framesPerFile !== input.framesPerFile
      ? `${dataset.framesPerFile} frames per file where ${agent.name} has ${input.framesPerFile}`
      : dataset.participants !== participants
        ? `${dataset.participants} agents where ${agent.name} has ${participants}`
        : dataset.framesExpected !== input.framesExpected
          ? `${dataset.framesExpected ?? 'no number of'} frames where ${agent.name} has ${input.framesExpected ?? 'none'}`
          : null;
  if (fault) {
    throw new AppError(
      'CONFLICT',
      `Another agent opened this series with ${fault}: give all that receive it the same configuration.`,
    );
  }
  await recordAudit(tx, ctx, {
    action: 'dataset.join',
    entityKind: 'dataset',
    entityId: dataset.id,
    experimentId: dataset.experimentId,
    detail: { seriesKey: input.seriesKey },
  });
  return dataset;
}

async function insertSeries(
  tx: Transaction,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  input: SeriesOpenRequest,
): Promise<DatasetRow> {
  const startedAt = new Date(Date.parse(input.startedAt) + input.clockOffsetMs);
  const doubtMs = input.clockDoubtMs ?? 0;
  const margin = (sign: 1 | -1) => new Date(startedAt.getTime() + sign * marginOf(doubtMs));
  const history = await activationsTouching(tx, agent.instrumentId, margin(-1), margin(1));
  const owned = ownedBy(whoseData(startedAt, ctx.now(), history, doubtMs));
  const values = {
    at: startedAt,
    experiment: (await experimentCode(tx, owned.experimentId)) ?? '',
    detector: input.detector,
    series: input.seriesId,
    sample: input.sampleName,
    path: cleanPrefix(input.prefix).prefix,
  };
  const places = await placesOf(tx, agent);
  const name = `series_${input.seriesId}`;
  const wanted = placeFor(places, agent, { name: input.detector, kind: 'stream' }, values, name);
  return registerDataset(tx, ctx, agent, {
    ...owned,
    seriesKey: input.seriesKey,
    startedAt,
    wanted,
    sampleName: input.sampleName,
    detail: { wanted: input.prefix },
    fields: {
      sourceKind: 'stream',
      participants: input.participants ?? 1,
      detectorName: input.detector,
      detectorSerialNumber: input.detectorSerialNumber,
      seriesUniqueId: input.seriesUniqueId,
      framesExpected: input.framesExpected,
      framesPerFile: input.framesPerFile,
      channels: input.channels,
      geometry: input.geometry,
      userData: input.userData ?? null,
    },
    freeBase: async (q, experimentId) => suffixedPath(wanted, await nextFreeNumber(q, experimentId, wanted)),
  });
}
