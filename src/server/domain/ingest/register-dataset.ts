import type { FileChannel, Geometry } from '../../../shared/contracts/geometry.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { AcquisitionValue } from '../../../shared/model/acquisition-fields.ts';
import type { AcquisitionKind } from '../../../shared/model/states.ts';
import { splitStorePath, suffixedPath } from '../../../shared/model/store-path.ts';
import type { FromStream } from '../../../shared/model/stream-fields.ts';
import type { Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { AgentPrincipal } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { type ToldAcquisition, takeAnnounced } from '../datasets/announce-acquisition.ts';
import { noteDetector } from '../instruments/detectors.ts';
import { raiseEvent } from '../triggers/raise-event.ts';
import { announceDataset } from './dataset-changes.ts';
import {
  type DatasetRow,
  describeSample,
  findBySeriesKey,
  insertAcquisition,
  insertDataset,
  upsertSample,
} from './series.repository.ts';
import type { Owned } from './whose.ts';

/** Names tried before giving up; each try is lost only to another dataset of the same name at the same moment. */
const MAX_NAME_TRIES = 50;

/** Rolls the transaction back when the same series was opened beside it. */
export class OpenedBeside extends Error {}

/** The n-th base for a taken one, its files keeping their names: `raw/run_1` → `raw/run_1_2/run_1`. */
export function baseInOwnFolder(base: string, n: number): string {
  return n <= 1 ? base : `${suffixedPath(base, n)}/${splitStorePath(base).name}`;
}

function acquisitionKind(geometry: Geometry): AcquisitionKind {
  const increment = geometry.omegaIncrementDeg;
  if (increment === null || increment === undefined) return 'other';
  return increment === 0 ? 'still' : 'rotation';
}

/** What is known of the acquisition when its data begin: what the mapping says goes before what follows from the geometry. */
function toldBy(
  said: FromStream,
  geometry: Geometry,
  rest: { sampleId: string | null; startedAt: Date },
): ToldAcquisition {
  const { container, position, barcode, values, ignored } = said;
  // Where a sample has no name its place is a fact of the acquisition.
  const place = rest.sampleId === null ? { container, position, barcode } : {};
  const named = Object.entries(place).flatMap(([name, value]) => (value ? [[name, { value }] as const] : []));
  const all: Record<string, AcquisitionValue> = { ...Object.fromEntries(named), ...values };
  return {
    ...rest,
    kind: said.kind ?? acquisitionKind(geometry),
    energyEv: said.energyEv ?? geometry.energyEv ?? null,
    exposureS: said.exposureS ?? null,
    omegaStartDeg: said.omegaStartDeg ?? null,
    omegaIncrementDeg: said.omegaIncrementDeg ?? null,
    grid: said.grid ?? null,
    comment: said.comment ?? '',
    parameters: {
      ...(Object.keys(all).length > 0 ? { values: all } : {}),
      ...(ignored.length > 0 ? { ignored } : {}),
    },
  };
}

/** What differs from one way of recognising a dataset to the other. */
export interface NewDataset extends Owned {
  seriesKey: string;
  startedAt: Date;
  /** Wanted base, experiment-relative. */
  wanted: string;
  sampleName: string | null;
  /** What else the user data of its stream say, by the mapping of the instrument. */
  fromStream?: FromStream;
  /** What else the audit is to keep. */
  detail: Record<string, unknown>;
  fields: Pick<DatasetRow, 'sourceKind' | 'detectorName' | 'detectorSerialNumber' | 'seriesUniqueId'> &
    Partial<Pick<DatasetRow, 'source' | 'sourceStem' | 'participants' | 'userData'>> & {
      framesExpected: number | null;
      framesPerFile: number;
      channels: FileChannel[];
      geometry: Geometry;
    };
  /** The first base like `wanted` that is probably free. */
  freeBase(tx: Transaction, experimentId: string): Promise<string>;
}

/**
 * Makes sample, acquisition and dataset under the first free base. Throws OpenedBeside when another request made the dataset of this
 * series key at the same moment.
 */
export async function registerDataset(
  tx: Transaction,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  input: NewDataset,
): Promise<DatasetRow> {
  const { instrumentId, agentId } = agent;
  const { experimentId, unassignedReason, startedAt, seriesKey, fields } = input;
  const sampleName = input.sampleName?.trim() || null;
  const createdAt = ctx.now();
  const sampleId =
    experimentId !== null && sampleName !== null
      ? await upsertSample(tx, { id: ctx.newId(), experimentId, name: sampleName, createdAt })
      : null;
  const said = input.fromStream ?? { values: {}, ignored: [] };
  if (sampleId !== null) await describeSample(tx, sampleId, said);
  const told = toldBy(said, fields.geometry, { sampleId, startedAt });
  const data = { path: input.wanted, seriesUniqueId: fields.seriesUniqueId };
  const announced = experimentId === null ? null : await takeAnnounced(tx, experimentId, data, told);
  const acquisitionId = announced ?? ctx.newId();
  if (announced === null) {
    await insertAcquisition(tx, {
      ...{ ...told, id: acquisitionId, instrumentId, experimentId },
      // The name is kept where no experiment holds a sample of that name yet.
      parameters: { ...told.parameters, ...(sampleName !== null && sampleId === null ? { sampleName } : {}) },
    });
  }
  const row: DatasetRow = {
    id: ctx.newId(),
    acquisitionId,
    instrumentId,
    experimentId,
    unassignedReason,
    agentId,
    source: null,
    sourceStem: null,
    seriesKey,
    participants: 1,
    base: input.wanted,
    state: 'receiving',
    ending: null,
    framesReceived: null,
    framesStored: 0,
    missing: [],
    lost: [],
    absentFiles: [],
    channelGaps: [],
    userData: null,
    masks: [],
    masterFileId: null,
    summary: {},
    startedAt,
    endedAt: null,
    createdAt,
    ...fields,
  };
  for (let tries = 0; ; tries++) {
    if (experimentId !== null) row.base = await input.freeBase(tx, experimentId);
    // Waits for a transaction that holds the same base or series key; the loser sees it in the next round.
    if (await insertDataset(tx, row)) break;
    if (await findBySeriesKey(tx, seriesKey)) throw new OpenedBeside();
    if (tries === MAX_NAME_TRIES)
      throw new AppError('CONFLICT', `No free name like ${input.wanted} was found.`);
  }
  await recordAudit(tx, ctx, {
    action: 'dataset.open',
    entityKind: 'dataset',
    entityId: row.id,
    experimentId,
    detail: { base: row.base, ...input.detail, unassignedReason },
  });
  await announceDataset(tx, ctx, row);
  if (experimentId !== null)
    await raiseEvent(tx, instrumentId, { event: 'dataset.started', datasetId: row.id });
  // Last, since every series of the detector waits here for the one before it.
  await noteDetector(tx, {
    ...{ instrumentId, name: row.detectorName, serialNumber: row.detectorSerialNumber },
    ...{ geometry: row.geometry, at: startedAt },
  });
  return row;
}
