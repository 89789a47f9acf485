import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger } from '#src/server/observability/logger.ts';
import type {
  AnnouncedPart,
  UploadCompleteRequest,
  UploadOpenRequest,
  UploadsCompleteRequest,
} from '#src/shared/contracts/agent-api.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { type IngestWorld, TEST_PART_BYTES } from '#src/testing/ingest-world.ts';
import { ClockOffset } from '../agent/clock-offset.ts';
import { GrowingFile } from '../agent/growing-file.ts';
import { failureFrom } from '../agent/http-transport.ts';
import { Journal } from '../agent/journal.ts';
import { ReportLog } from '../agent/report-log.ts';
import { fixedToken, ServerClient } from '../agent/server-client.ts';
import { SpoolThread } from '../agent/spool-thread.ts';
import { OPEN_GATE } from '../agent/upload-gate.ts';
import type { UploadOrder } from '../agent/upload-order.ts';
import { Uploader } from '../agent/uploader.ts';

/** Asks the services themselves; parts travel over HTTP to the addresses it is given. */
export class ServiceClient extends ServerClient {
  readonly announced: AnnouncedPart[] = [];
  readonly sentTo = new Set<string>();
  private readonly w: IngestWorld;

  constructor(w: IngestWorld) {
    super('http://127.0.0.1:1', fixedToken('unused'));
    this.w = w;
  }

  /** What the services throw as an agent hears it. */
  private async told<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { status, code, message, retryAfterS = null } = error;
      throw failureFrom({ status, code, message, retryAfterS });
    }
  }

  override openUploads = (request: UploadOpenRequest) =>
    this.told(this.w.ingest.openUploads(this.w.agentContext, request));
  override signParts = async (uploadId: string, partNumbers: number[], announced: AnnouncedPart[] = []) => {
    this.announced.push(...announced);
    const ask = { uploadId, partNumbers, announced };
    return (await this.told(this.w.ingest.signParts(this.w.agentContext, ask))).signed;
  };
  override uploadState = (uploadId: string) =>
    this.told(this.w.ingest.getUpload(this.w.agentContext, { uploadId }));
  override completeUpload = (uploadId: string, complete: UploadCompleteRequest) =>
    this.told(this.w.ingest.completeUpload(this.w.agentContext, { ...complete, uploadId }));
  override completeUploads = async ({ uploads }: UploadsCompleteRequest) =>
    Promise.all(
      uploads.map(async ({ uploadId, ...complete }) => ({
        uploadId,
        outcome: await this.completeUpload(uploadId, complete).catch((error: Error) => error),
      })),
    );
  override putPart: ServerClient['putPart'] = (url, ...rest) => {
    this.sentTo.add(new URL(url).origin);
    return super.putPart(url, ...rest);
  };
}

/** An uploader that keeps its state in the folder. */
export async function uploaderOf(client: ServiceClient, folder: string) {
  const journal = new Journal(await mkdtemp(join(folder, 'state-')));
  const reports = new ReportLog({ journal, log: createLogger('test', 'silent'), now: Date.now });
  const thread = new SpoolThread();
  const stop = new AbortController();
  const clocks = { wall: () => Date.now(), steady: () => performance.now(), boot: '' };
  const uploader = new Uploader({
    ...{ client, gate: OPEN_GATE, thread, reports, concurrency: 2, signal: stop.signal, now: Date.now },
    clock: new ClockOffset(clocks, null),
  });
  const close = async () => {
    stop.abort();
    await thread.close();
    journal.close();
  };
  return { uploader, close };
}

/** A file in the folder, and what an uploader is told of it. */
export async function orderOf(
  folder: string,
  bytes: Uint8Array,
  datasetId: string,
  path: string,
): Promise<UploadOrder> {
  const localPath = join(folder, randomUUID());
  await writeFile(localPath, bytes);
  const nothing = () => undefined;
  const at = new Date().toISOString();
  return {
    file: new GrowingFile({
      ...{ clientId: randomUUID(), localPath, partBytes: TEST_PART_BYTES },
      ...{ sizeBytes: bytes.length, settled: true },
    }),
    kind: 'other',
    datasetId,
    path,
    origin: null,
    acquired: null,
    urgency: () => 'backlog',
    journal: {
      ...{ setUploadOpened: nothing, forgetUpload: nothing, putPart: nothing, dropPart: nothing },
      ...{ setFirstPartAt: nothing, setSha256: nothing },
    },
    ...{ uploadId: null, sha256: null, firstPartAt: null },
    facts: () => ({ createdAt: at, settledAt: at, chunks: [], masks: [] }),
  };
}
