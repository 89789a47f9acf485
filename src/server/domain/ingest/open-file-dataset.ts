import type { SeriesOpenResponse } from '../../../shared/contracts/agent-api.ts';
import type { FileDatasetOpenRequest } from '../../../shared/contracts/agent-files.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { splitStorePath, suffixedPath } from '../../../shared/model/store-path.ts';
import { SWITCH_MARGIN_MS } from '../../../shared/model/whose-data.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { type AgentPrincipal, requireAgent } from '../agents/agent.policy.ts';
import type { ServiceContext } from '../context.ts';
import { openOnce } from './open-series.ts';
import { findPart, insertPart } from './part.repository.ts';
import { hasOlderFiles, pathsInUse } from './path.repository.ts';
import { placeFor, placesOf, storablePath } from './place.ts';
import { baseInOwnFolder, OpenedBeside, registerDataset } from './register-dataset.ts';
import { basesLike, type DatasetRow, experimentCode, findRecognised, lockStem } from './series.repository.ts';
import { judgeFiles, perhapsOfFormer } from './whose.ts';

const MAX_BASES = 10_000;

/**
 * The first base no dataset has. Files of a CBF series take a suffix into their names. An HDF5 master names its data files, so those keep
 * their names and lie in a folder of their own: in one folder with an older series of that name, also one that became no dataset, the
 * master would lead to its data.
 * @param before files that came about before are none of this dataset
 */
async function freeBase(
  tx: Transaction,
  experimentId: string,
  { kind, wanted, before }: { kind: FileDatasetOpenRequest['kind']; wanted: string; before: Date },
): Promise<string> {
  const taken = await basesLike(tx, experimentId, wanted);
  for (let n = 1; n <= MAX_BASES; n++) {
    const base = kind === 'cbf-series' ? suffixedPath(wanted, n) : baseInOwnFolder(wanted, n);
    if (taken.has(base)) continue;
    if (kind === 'cbf-series') return base;
    const isInUse =
      n === 1
        ? await hasOlderFiles(tx, experimentId, base, before)
        : (await pathsInUse(tx, experimentId, [suffixedPath(wanted, n)])).size > 0;
    if (!isInUse) return base;
  }
  throw new AppError('CONFLICT', `No free name like ${wanted} was found.`);
}

/**
 * Registers a dataset recognised in files: decides whose it is by its first file, gives it a base. The same series key always gets the
 * same answer. An agent that lost its journal and finds the files of a known dataset again joins that dataset; files that came about after
 * the known ones are a new dataset of the same name, with a suffix.
 */
export async function openFileDataset(
  db: Database,
  ctx: ServiceContext,
  input: FileDatasetOpenRequest,
): Promise<SeriesOpenResponse> {
  const agent = requireAgent(ctx);
  return openOnce(db, agent, input.seriesKey, async (tx) => {
    await lockStem(tx, agent.instrumentId, input);
    if (await findPart(tx, input.seriesKey)) throw new OpenedBeside();
    const [judged] = await judgeFiles(tx, ctx, agent, [input.acquired]);
    const { at, ...ofItsTime } = judged!;
    const owned = input.perhapsOf === undefined ? ofItsTime : perhapsOfFormer(input.perhapsOf);
    const since = new Date(at.getTime() - input.acquired.clockDoubtMs);
    const known = await findRecognised(tx, agent.instrumentId, { ...input, at: since });
    if (known) return rejoin(tx, ctx, agent, input, known);
    // The offset of the clock may have been another one when the first of its files was stored.
    const before = new Date(since.getTime() - SWITCH_MARGIN_MS);
    const values = {
      at,
      experiment: (await experimentCode(tx, owned.experimentId)) ?? '',
      detector: input.detector,
      sample: input.sampleName,
      path: input.stem,
    };
    const places = await placesOf(tx, agent);
    const { name } = splitStorePath(input.stem);
    const place = placeFor(places, agent, { name: input.source, kind: 'folder' }, values, name);
    const wanted = storablePath(place);
    return registerDataset(tx, ctx, agent, {
      ...owned,
      seriesKey: input.seriesKey,
      startedAt: at,
      wanted,
      sampleName: input.sampleName,
      detail: { source: input.source, stem: input.stem },
      fields: {
        sourceKind: input.kind,
        source: input.source,
        sourceStem: input.stem,
        detectorName: input.detector,
        detectorSerialNumber: input.detectorSerialNumber ?? '',
        seriesUniqueId: '',
        framesExpected: input.framesExpected,
        framesPerFile: input.framesPerFile,
        channels: input.channels,
        geometry: input.geometry,
      },
      freeBase: (q, experimentId) => freeBase(q, experimentId, { kind: input.kind, wanted, before }),
    });
  });
}

async function rejoin(
  tx: Transaction,
  ctx: ServiceContext,
  agent: AgentPrincipal,
  input: FileDatasetOpenRequest,
  known: DatasetRow,
): Promise<DatasetRow> {
  await insertPart(tx, {
    seriesKey: input.seriesKey,
    datasetId: known.id,
    agentId: agent.agentId,
    openedAt: ctx.now(),
  });
  await recordAudit(tx, ctx, {
    action: 'dataset.join',
    entityKind: 'dataset',
    entityId: known.id,
    experimentId: known.experimentId,
    detail: { seriesKey: input.seriesKey },
  });
  return known;
}
