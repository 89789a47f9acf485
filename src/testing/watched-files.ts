import { createHash, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { agent, agentLicence } from '../server/db/schema/index.ts';
import type { ChunkTable } from '../shared/contracts/agent-api.ts';
import type { Acquired, FileDatasetOpenRequest, FileOrigin } from '../shared/contracts/agent-files.ts';
import { completion, type IngestWorld, partsOfFile, putTestPart, TEST_PART_BYTES } from './ingest-world.ts';

/** Times of a file that appeared and was written at `iso`, and was seen at once. */
export function acquiredAt(iso: string, changes: Partial<Acquired> = {}): Acquired {
  return {
    seenAt: iso,
    watchedSince: '2026-01-01T00:00:00Z',
    appearedAt: iso,
    modifiedAt: iso,
    clockOffsetMs: 0,
    clockDoubtMs: 0,
    ...changes,
  };
}

/** A file of a watched folder. */
export interface WatchedFile {
  path: string;
  bytes: Uint8Array;
  acquired: Acquired;
  source?: string;
  originalPath?: string | null;
  clientId?: string;
  datasetId?: string | null;
  kind?: 'data' | 'master' | 'other';
  replaces?: string | null;
  perhapsOf?: string;
  chunks?: ChunkTable[];
}

export function originOf(file: WatchedFile): FileOrigin {
  return {
    source: file.source ?? 'landing',
    relativePath: file.path,
    originalPath: file.originalPath ?? null,
    acquired: file.acquired,
    sizeBytes: file.bytes.length,
    sha256: createHash('sha256').update(file.bytes).digest('hex'),
    replaces: file.replaces ?? null,
    ...(file.perhapsOf !== undefined && { perhapsOf: file.perhapsOf }),
  };
}

/** What an agent does with files of a watched folder, step by step. */
export function watchedFiles(w: IngestWorld) {
  const item = (file: WatchedFile) => ({
    clientId: file.clientId ?? randomUUID(),
    datasetId: file.datasetId ?? null,
    kind: file.kind ?? ('other' as const),
    path: file.path,
    origin: originOf(file),
    partBytes: TEST_PART_BYTES,
    signParts: partsOfFile(file.bytes).map(({ partNumber }) => partNumber),
  });

  const openAll = async (files: readonly WatchedFile[]) =>
    (await w.ingest.openUploads(w.agentContext, { uploads: files.map(item) })).uploads;

  /** Opens the upload and sends all parts. Returns what completes it. */
  async function send(file: WatchedFile) {
    const [upload] = await openAll([file]);
    for (const { partNumber, url } of upload!.signed) await putTestPart(url, file.bytes, partNumber);
    const complete = completion(file.bytes, file.chunks);
    const { appearedAt, seenAt } = file.acquired;
    const stamps = { ...complete.stamps, createdAt: appearedAt ?? seenAt };
    return { ...upload!, complete: { ...complete, stamps, uploadId: upload!.uploadId } };
  }

  async function sendAndComplete(file: WatchedFile) {
    const sent = await send(file);
    return { ...sent, ...(await w.ingest.completeUpload(w.agentContext, sent.complete)) };
  }

  function dataset(changes: Partial<FileDatasetOpenRequest> = {}): FileDatasetOpenRequest {
    return {
      seriesKey: randomUUID(),
      kind: 'cbf-series',
      source: 'landing',
      stem: 'lyso/run_1',
      acquired: acquiredAt('2026-03-01T12:00:00Z'),
      detector: 'pilatus',
      detectorSerialNumber: null,
      framesExpected: 3,
      framesPerFile: 1,
      channels: [{ name: 'default', dtype: 'i4', shape: [4, 4], filter: 'byte-offset' }],
      geometry: { imageSizeXPx: 4, imageSizeYPx: 4, omegaIncrementDeg: 0.1 },
      sampleName: null,
      ...changes,
    };
  }

  /** As if the agent had been enrolled since long before the data of a test: what is older than its enrolment belongs to nobody. */
  async function enrolledLongAgo(): Promise<void> {
    const at = new Date('2025-01-01T00:00:00Z');
    await w.db.update(agent).set({ createdAt: at }).where(eq(agent.id, w.agentId));
    await w.db.update(agentLicence).set({ enrolledAt: at }).where(eq(agentLicence.agentId, w.agentId));
  }

  return { enrolledLongAgo, item, openAll, send, sendAndComplete, dataset };
}
