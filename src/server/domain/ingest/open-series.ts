import type { SeriesOpenRequest, SeriesOpenResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { cleanPrefix, suffixedPath } from '../../../shared/model/store-path.ts';
import { readStreamFields } from '../../../shared/model/stream-fields.ts';
import { marginOf, whoseData } from '../../../shared/model/whose-data.ts';
import type { Database, Queryable, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { type AgentPrincipal, requireAgent } from '../agents/agent.policy.ts';
import { switchesMadeWithin } from '../agents/switch-times.ts';
import type { ServiceContext } from '../context.ts';
import { streamRulesAt } from '../instruments/stream-mapping.ts';
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
import { type Owned, ownedBy } from './whose.ts';

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
 * join it. What one of them has that does not fit is laid out already and is never refused: it becomes a dataset of its own, in the unassigned
 * tray.
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
    const row = await openPart(tx, ctx, agent, input, shared && withRoomFor(agent, shared));
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
 * The dataset that another agent opened for this series. Null when all who take part have come: then it is another series with the same id.
 */
function withRoomFor(
  { agentId }: AgentPrincipal,
  { dataset, agentIds }: { dataset: DatasetRow; agentIds: readonly string[] },
): DatasetRow | null {
  return agentIds.includes(agentId) || agentIds.length >= dataset.participants ? null : dataset;
}

/** Why what the agent received cannot be a part of the dataset; null when it can. */
function misfitOf(dataset: DatasetRow, { name }: AgentPrincipal, input: SeriesOpenRequest): string | null {
  const participants = input.participants ?? 1;
  if (dataset.framesPerFile !== input.framesPerFile)
    return `${dataset.framesPerFile} frames per file where ${name} has ${input.framesPerFile}`;
  if (dataset.participants !== participants)
    return `${dataset.participants} agents where ${name} has ${participants}`;
  if (dataset.framesExpected !== input.framesExpected)
    return `${dataset.framesExpected ?? 'no number of'} frames where ${name} has ${input.framesExpected ?? 'none'}`;
  return null;
}

/** What one of several agents received: a part of the dataset that another opened, or the first part of a new one, or a dataset by itself. */
async function openPart(
  tx: Transaction,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  input: SeriesOpenRequest,
  dataset: DatasetRow | null,
): Promise<DatasetRow> {
  const misfit = dataset && misfitOf(dataset, agent, input);
  if (dataset && misfit === null) return joinSeries(tx, ctx, input, dataset);
  // The number of frames comes with the start: who opened that dataset missed it, and the others are not to follow.
  const isFirst = !dataset || (dataset.framesExpected === null && input.framesExpected !== null);
  if (isFirst) return insertSeries(tx, ctx, agent, input);
  const why =
    input.framesExpected === null && dataset.framesExpected !== null
      ? `${agent.name} missed the start of the series`
      : 'give all that receive a series the same configuration';
  return insertSeries(
    tx,
    ctx,
    agent,
    { ...input, participants: 1 },
    {
      experimentId: null,
      unassignedReason: `it does not fit into ${dataset.base}, which another agent opened with ${misfit}: ${why}`,
    },
  );
}

async function joinSeries(
  tx: Transaction,
  ctx: ServiceContext,
  input: SeriesOpenRequest,
  dataset: DatasetRow,
): Promise<DatasetRow> {
  await recordAudit(tx, ctx, {
    action: 'dataset.join',
    entityKind: 'dataset',
    entityId: dataset.id,
    experimentId: dataset.experimentId,
    detail: { seriesKey: input.seriesKey },
  });
  return dataset;
}

const startOf = (input: SeriesOpenRequest): Date =>
  new Date(Date.parse(input.startedAt) + input.clockOffsetMs);

/** Whose it is by its start. */
async function ownerOf(
  tx: Transaction,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  input: SeriesOpenRequest,
): Promise<Owned> {
  const startedAt = startOf(input);
  const doubtMs = input.clockDoubtMs ?? 0;
  const margin = (sign: 1 | -1) => new Date(startedAt.getTime() + sign * marginOf(doubtMs));
  const span = [margin(-1), margin(1)] as const;
  const history = await activationsTouching(tx, agent.instrumentId, ...span);
  const switches = await switchesMadeWithin(tx, agent.instrumentId, ...span);
  return ownedBy(whoseData(startedAt, ctx.now(), history, doubtMs, switches));
}

/** @param apart why it belongs to no experiment, whatever its start says; null: its start decides */
async function insertSeries(
  tx: Transaction,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  input: SeriesOpenRequest,
  apart: Owned | null = null,
): Promise<DatasetRow> {
  const startedAt = startOf(input);
  const owned = apart ?? (await ownerOf(tx, ctx, agent, input));
  const rules = await streamRulesAt(tx, agent.instrumentId, startedAt);
  const fromStream = readStreamFields(rules, input.userData);
  const sampleName = fromStream.sample ?? input.sampleName;
  const values = {
    at: startedAt,
    experiment: (await experimentCode(tx, owned.experimentId)) ?? '',
    detector: input.detector,
    series: input.seriesId,
    sample: sampleName,
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
    sampleName,
    fromStream,
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
