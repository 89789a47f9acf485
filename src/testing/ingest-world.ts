import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import { eq } from 'drizzle-orm';
import type { Database } from '../server/db/client.ts';
import { dataset, person } from '../server/db/schema/index.ts';
import { createAgentsService } from '../server/domain/agents/agents.service.ts';
import { FacilityKeys } from '../server/domain/agents/facility-keys.ts';
import { createDatasetsService } from '../server/domain/datasets/datasets.service.ts';
import { createExperimentsService } from '../server/domain/experiments/experiments.service.ts';
import { createFilesService } from '../server/domain/files/files.service.ts';
import { createIngestService } from '../server/domain/ingest/ingest.service.ts';
import { createInstrumentsService } from '../server/domain/instruments/instruments.service.ts';
import type { ObjectStore } from '../server/storage/object-store.port.ts';
import type {
  ChunkTable,
  SeriesOpenRequest,
  StoredPart,
  UploadCompleteRequest,
} from '../shared/contracts/agent-api.ts';
import { PART_CRC_HEADER } from '../shared/contracts/agent-api.ts';
import { enrolAgent } from './enrol-agent.ts';
import { SPOT_CHANNEL, SPOT_GEOMETRY, spotFile } from './spot-frames.ts';
import { asPerson, testContext } from './test-context.ts';
import { TEST_SECRET } from './test-store.ts';

/** Parts of the smallest size the agent interface allows. */
export const TEST_PART_BYTES = 5 * 1024 * 1024;

let worlds = 0;

/** One facility, one instrument with an agent, staff, a PI, a stranger; what a test of incoming data needs. */
export async function ingestWorld(db: Database, store: ObjectStore) {
  const system = testContext();
  const number = worlds++;
  const letters = String.fromCharCode(65 + (number % 26), 65 + Math.floor(number / 26));
  const keys = new FacilityKeys(TEST_SECRET);
  const agents = createAgentsService({ db, keys, webUrl: 'http://127.0.0.1:3000' });
  const ingest = createIngestService({ db, store });
  const datasets = createDatasetsService({ db, store });
  const files = createFilesService({ db, store });
  const experiments = createExperimentsService({ db });
  const instruments = createInstrumentsService({ db });
  const facility = await instruments.ensureFacility(system, {
    code: `I${letters}`,
    name: 'Ingest Facility',
    timeZone: 'Europe/Berlin',
  });
  const instrument = await instruments.create(system, {
    facilityId: facility.id,
    slug: `in-${letters.toLowerCase()}`,
    name: 'MX',
    description: '',
    promiseMs: 3000,
  });
  const people = {} as Record<'staff' | 'pi' | 'stranger', string>;
  for (const name of ['staff', 'pi', 'stranger'] as const) {
    people[name] = system.newId();
    await db.insert(person).values({
      id: people[name],
      email: `${name}.${letters}.ingest@example.org`,
      name,
      createdAt: system.now(),
    });
  }
  await instruments.addStaff(system, {
    facilityId: facility.id,
    instrumentId: instrument.id,
    personId: people.staff,
  });
  const as = (name: keyof typeof people) => testContext(asPerson(people[name]));
  const { agentId, token } = await enrolAgent(agents, as('staff'), {
    instrumentId: instrument.id,
    name: 'hub',
  });
  const agentContext = testContext(await agents.authenticate(token));

  /** A new experiment in Preparation; made now, or at the time of the context. */
  const prepare = (title = 'Experiment', staff = as('staff')) =>
    experiments.create(staff, {
      instrumentId: instrument.id,
      title,
      keywords: [],
      piEmail: `pi.${letters}.ingest@example.org`,
      proprietary: true,
      externalIds: [],
    });

  /** A new experiment, active from `since` on (whatever was active ends then). */
  async function activate(since: string, title = 'Experiment') {
    const staff = as('staff');
    staff.at(since);
    const made = await prepare(title, staff);
    await experiments.activate(staff, { experimentId: made.id });
    return made;
  }

  function series(changes: Partial<SeriesOpenRequest> = {}): SeriesOpenRequest {
    return {
      seriesKey: randomUUID(),
      detector: 'eiger',
      detectorSerialNumber: 'E-32-0001',
      seriesUniqueId: randomUUID(),
      seriesId: 17,
      startedAt: new Date().toISOString(),
      clockOffsetMs: 0,
      prefix: 'lyso/run_1',
      framesExpected: 20,
      framesPerFile: 10,
      channels: [{ name: 'threshold_1', dtype: 'u4', shape: [4, 4], filter: 'bslz4' }],
      geometry: { imageSizeXPx: 4, imageSizeYPx: 4, omegaIncrementDeg: 0.1, energyEv: 12_400 },
      sampleName: 'lyso-1',
      userData: null,
      ...changes,
    };
  }

  const row = async (datasetId: string) =>
    (await db.select().from(dataset).where(eq(dataset.id, datasetId)))[0]!;

  /** Opens an upload and sends all its parts. Returns what completes it. */
  async function send(
    opened: { datasetId: string; base: string },
    file: {
      name: string;
      bytes: Uint8Array;
      kind?: 'data' | 'master' | 'other';
      /** Where it is to lie, instead of beside the other files of the dataset. */
      path?: string;
      chunks?: ChunkTable[];
      clientId?: string;
    },
  ) {
    const parts = partsOfFile(file.bytes);
    const clientId = file.clientId ?? randomUUID();
    const answer = await ingest.openUploads(agentContext, {
      uploads: [
        {
          clientId,
          datasetId: opened.datasetId,
          kind: file.kind ?? 'data',
          path: file.path ?? `${opened.base}_${file.name}`,
          partBytes: TEST_PART_BYTES,
          signParts: parts.map((part) => part.partNumber),
        },
      ],
    });
    const upload = answer.uploads[0]!;
    for (const { partNumber, url } of upload.signed) await putTestPart(url, file.bytes, partNumber);
    const complete = completion(file.bytes, file.chunks);
    return { ...upload, complete: { ...complete, uploadId: upload.uploadId } };
  }

  async function sendAndComplete(
    opened: { datasetId: string; base: string },
    file: Parameters<typeof send>[1],
  ) {
    const sent = await send(opened, file);
    return { ...sent, ...(await ingest.completeUpload(agentContext, sent.complete)) };
  }

  /** A finished series whose frames have `counts[i]` spots each (`spot-frames.ts`), in one data file. */
  async function measureSpots(counts: readonly number[]) {
    const framesExpected = counts.length;
    const opened = await ingest.openSeries(
      agentContext,
      series({
        channels: [SPOT_CHANNEL],
        geometry: SPOT_GEOMETRY,
        framesExpected,
        framesPerFile: framesExpected,
      }),
    );
    await sendAndComplete(opened, { name: 'data_000001.h5', ...spotFile(0, counts) });
    await ingest.endSeries(agentContext, {
      datasetId: opened.datasetId,
      endedAt: new Date().toISOString(),
      ending: 'end-message',
      framesReceived: framesExpected,
      missing: [],
      lost: [],
    });
    return opened;
  }

  return {
    db,
    store,
    /** The same service on another store, such as one that fails. */
    ingestOn: (other: ObjectStore) => createIngestService({ db, store: other }),
    agents,
    ingest,
    datasets,
    files,
    experiments,
    instruments,
    facility,
    instrument,
    people,
    prepare,
    as,
    agentId,
    token,
    agentContext,
    activate,
    series,
    row,
    send,
    sendAndComplete,
    measureSpots,
  };
}
export type IngestWorld = Awaited<ReturnType<typeof ingestWorld>>;

export const crcText = (bytes: Uint8Array) => crc32c(bytes).toString(16).padStart(8, '0');

export function partsOfFile(bytes: Uint8Array): StoredPart[] {
  const count = Math.max(1, Math.ceil(bytes.length / TEST_PART_BYTES));
  return Array.from({ length: count }, (_, index) => {
    const piece = bytes.subarray(index * TEST_PART_BYTES, (index + 1) * TEST_PART_BYTES);
    return { partNumber: index + 1, sizeBytes: piece.length, crc32c: crcText(piece) };
  });
}

export async function putTestPart(url: string, bytes: Uint8Array, partNumber: number): Promise<Response> {
  const piece = bytes.subarray((partNumber - 1) * TEST_PART_BYTES, partNumber * TEST_PART_BYTES);
  return fetch(url, {
    method: 'PUT',
    body: Buffer.from(piece),
    headers: { [PART_CRC_HEADER]: crcText(piece) },
  });
}

/** What an agent declares of a file. Stamps: the last image came 50 ms ago. */
export function completion(bytes: Uint8Array, chunks: ChunkTable[] = []): UploadCompleteRequest {
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
  return {
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    parts: partsOfFile(bytes),
    stamps: { createdAt: ago(1000), settledAt: ago(50), firstPartSentAt: ago(900), clockOffsetMs: 0 },
    chunks,
    masks: [],
  };
}

/** A frame table whose stored rows have `frameBytes` bytes each, one after the other from offset 1000 on; `absent` rows never came. */
export function frameTableOf(
  firstFrame: number,
  rows: number,
  options: { channel?: string; frameBytes?: number; absent?: readonly number[] } = {},
): ChunkTable {
  const frameBytes = options.frameBytes ?? 100;
  const entries = Buffer.alloc(rows * 12);
  for (let index = 0; index < rows; index++) {
    if (options.absent?.includes(index)) continue;
    entries.writeBigUInt64LE(BigInt(1000 + index * frameBytes), index * 12);
    entries.writeUInt32LE(frameBytes, index * 12 + 8);
  }
  return { channel: options.channel ?? 'threshold_1', firstFrame, rows, entries: entries.toString('base64') };
}

/** A moment at which an experiment of a test may begin to be active. */
export const LONG_AGO = '2026-01-01T00:00:00Z';

/** As large as a file with this many frames of `frameTableOf`. */
export const randomFile = (frames: number) => new Uint8Array(randomBytes(1000 + frames * 100));

/** Data file `number` of a series, with frames from `first` on. */
export const dataFile = (number: number, first: number, rows: number, absent: readonly number[] = []) => ({
  name: `data_${String(number).padStart(6, '0')}.h5`,
  bytes: randomFile(rows),
  chunks: [frameTableOf(first, rows, { absent })],
});
