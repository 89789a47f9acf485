import { randomUUID } from 'node:crypto';
import { constants, fstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ChunkTable, StoredPart } from '#src/shared/contracts/agent-api.ts';
import type { Acquired, FileOrigin } from '#src/shared/contracts/agent-files.ts';
import { GrowingFile } from '../agent/growing-file.ts';
import type { ReportLog } from '../agent/report-log.ts';
import { untilReached } from '../agent/retry-delay.ts';
import type { ServerClient, ServerRefused } from '../agent/server-client.ts';
import type { PartsHashed, PartsOrder } from '../agent/spool-worker.ts';
import type { UploadGate } from '../agent/upload-gate.ts';
import { SourceChanged, type UploadOrder, type UploadResult } from '../agent/upload-order.ts';
import { acquiredMoment } from './acquired.ts';
import type { FileBook } from './file-book.ts';
import { isAboutFile, MAX_PARTS } from './file-faults.ts';
import type { FileJournal } from './file-journal.ts';
import type { DoubtfulUpload, SourceFile } from './file-rows.ts';
import { type FileSignature, isSameContent, msOf, signatureOf } from './file-stat.ts';
import { HeldBack } from './flow-context.ts';
import type { FolderPlace } from './folder-place.ts';
import { growthOver } from './growth.ts';
import { FileJournalBlocked } from './journal-blocked.ts';
import { bytesOf, joinPath, type PathBytes, shownPath, textOf } from './path-bytes.ts';

/** A file of which all is known but whether it is part of a dataset. */
export interface HashedFile {
  id: number;
  path: PathBytes;
  /** In the store, below the destination of the source. */
  relativePath: string;
  clientId: string;
  sizeBytes: number;
  acquired: Acquired;
  /** Readable as long as the question is open; the path that any thread of this process can open. */
  openPath: string;
}

/** The dataset that a file belongs to. */
export interface DatasetPlace {
  datasetId: string;
  kind: 'data' | 'master';
  chunks: ChunkTable[];
  /** Of the dataset: what spans a switch stays where it began. */
  acquired: Acquired;
  /** To be called when the file is not on its way any more, stored or not. */
  left: () => void;
}

/** What recognises datasets; whatever fails in it, the file is sent. */
export interface FileDatasets {
  /** Before a file is sent: whether its dataset is to be named with it. Rejects with HeldBack when that must not be sent now. */
  placeOf(file: HashedFile, signal: AbortSignal): Promise<DatasetPlace | null>;
  /** Whether the new content of a file is another acquisition, no version of what was stored under its name: that is forgotten then. */
  beginAnew(file: SourceFile): boolean;
  /** Of a file without a dataset: the stem of one begun before a switch, which it may be part of or not; null: of none. */
  perhapsOf(file: SourceFile): string | null;
  /** Whether what was written then, over a switch of experiments, still is of the open dataset that the file is part of. */
  isGoingOn(file: SourceFile, acquired: Acquired): boolean;
  /** Whether the same bytes, on a new file, are another acquisition of the experiment of the dataset that had ended: a dark series, say. */
  isRepeated(file: SourceFile): boolean;
  /** It is stored, and that is noted. */
  stored(path: PathBytes): void;
  start(): void;
  stop(reason: Error): Promise<void>;
}

/** What a file is sent with. */
export interface Sending {
  /** When it came about itself. */
  acquired: Acquired;
  signal: AbortSignal;
  /** Called before anything of it is sent, with the time that decides whose it is; what it throws ends the sending. */
  placed: (acquired: Acquired) => void;
}

export type SendOutcome =
  | { kind: 'stored'; clientId: string; sha256: string; storedPath: string; unassignedReason: string | null }
  /** The store has these bytes of this file already. */
  | { kind: 'unchanged' }
  /** It is not what it was when it settled. */
  | { kind: 'changed' }
  /** It does not begin with what it was: when it came about is noted, and decides anew. */
  | { kind: 'written-over' };

export interface SenderDeps {
  source: string;
  place: FolderPlace;
  journal: FileJournal;
  book: FileBook;
  datasets: FileDatasets;
  uploader: { upload(order: UploadOrder): Promise<UploadResult> };
  client: Pick<ServerClient, 'openUploads'>;
  hash: (order: PartsOrder) => Promise<PartsHashed>;
  gate: Pick<UploadGate, 'switchBetween'>;
  acquiredOf: (file: SourceFile) => Acquired;
  reports: ReportLog;
  partBytes: number;
  /** Whether somebody may be looking at it; else it is backlog. */
  isNewest: (file: SourceFile) => boolean;
}

/** File systems and copy programs keep times of modification to two seconds at the worst. */
const COARSEST_TIME_MS = 2000;
const MIB = 1024 * 1024;

/** As file writers of detectors name the file without which none of their data files can be opened. */
const MASTER_NAME = /_master\.(h5|hdf5|hdf|nxs)$/i;
/** A larger one has the images in it: it must not go ahead of everything else. */
const MAX_MASTER_BYTES = 256 * MIB;
const isMaster = ({ path, signature }: SourceFile) =>
  MASTER_NAME.test(path) && signature.sizeBytes <= MAX_MASTER_BYTES;

/** Larger parts for a file that would have too many. */
export const partBytesFor = (sizeBytes: number, partBytes: number): number =>
  Math.max(partBytes, Math.ceil(sizeBytes / MAX_PARTS / MIB) * MIB);

/** Brings one settled file into the store: opened once, hashed, sent and looked at through that one opening. */
export class FileSender {
  private readonly deps: SenderDeps;

  constructor(deps: SenderDeps) {
    this.deps = deps;
  }

  get datasets(): FileDatasets {
    return this.deps.datasets;
  }

  /**
   * Rejects with what opening and reading the file say, with ServerRefused about this file, with the signal's reason, and with HeldBack
   * when its dataset must not be sent now.
   */
  async send(file: SourceFile, sending: Sending): Promise<SendOutcome> {
    // Neither follows a link nor waits for a writer of a pipe that took the place of the file since it was looked at.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    const handle = await open(bytesOf(joinPath(this.deps.place.root, file.path)), flags);
    try {
      return await this.sendOpened(file, handle, sending);
    } catch (error) {
      if (error instanceof SourceChanged) return { kind: 'changed' };
      throw error;
    } finally {
      await handle.close();
    }
  }

  private async sendOpened(
    file: SourceFile,
    handle: FileHandle,
    { acquired, signal, placed }: Sending,
  ): Promise<SendOutcome> {
    if (!(await isStill(handle, file.signature, this.deps.place.isLocal(file.path))))
      return { kind: 'changed' };
    const openPath = this.openPathOf(file, handle);
    const { sha256, crcs, prefixSha256 } = await this.hash(file, openPath);
    signal.throwIfAborted();
    const isSame = await isStill(handle, file.signature, this.deps.place.isLocal(file.path));
    if (!isSame || (file.sha256 !== null && file.sha256 !== sha256)) return { kind: 'changed' };
    const growth = growthOver(file, prefixSha256, this.deps);
    if (growth === 'written-over') {
      this.deps.book.writtenOver(file, file.grown!);
      return { kind: 'written-over' };
    }
    let former = await this.formerUpload(file, acquired, signal);
    // Changed while the server was asked: what was hashed is not what the book has of it any more.
    signal.throwIfAborted();
    if (former?.sha256 === sha256 && !this.isRepeated(file)) return { kind: 'unchanged' };
    if (this.deps.datasets.beginAnew(file)) former = null;
    const clientId = file.clientId ?? randomUUID();
    this.deps.book.hashed(file, sha256, clientId);
    // The next process must ask for the same upload, not for another one.
    await this.deps.journal.flushed();
    signal.throwIfAborted();
    const hashed: HashedFile = {
      id: file.id,
      path: file.path,
      relativePath: file.relativePath,
      clientId,
      sizeBytes: file.signature.sizeBytes,
      acquired,
      openPath,
    };
    const place = await this.placeOf(hashed, signal);
    try {
      placed(place?.acquired ?? acquired);
      const isLoose = place === null && former === null;
      const perhapsOf =
        growth === 'unclear' ? file.relativePath : isLoose ? this.deps.datasets.perhapsOf(file) : null;
      const origin = {
        ...this.originOf(file, acquired, sha256, former?.clientId ?? null),
        ...(perhapsOf !== null && { perhapsOf }),
      };
      const order = this.orderOf({ ...file, sha256, clientId }, hashed, {
        origin,
        place,
        handle,
        signal,
        crcs,
      });
      const { path: storedPath, unassignedReason } = await this.deps.uploader.upload(order);
      return { kind: 'stored', clientId, sha256, storedPath, unassignedReason };
    } finally {
      place?.left();
    }
  }

  /** Whatever goes wrong with recognising, the file is sent. */
  private async placeOf(hashed: HashedFile, signal: AbortSignal): Promise<DatasetPlace | null> {
    try {
      return await this.deps.datasets.placeOf(hashed, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FileJournalBlocked || error instanceof HeldBack) throw error;
      this.deps.reports.addThrown(`Recognising ${shownPath(hashed.path)} failed`, error);
      return null;
    }
  }

  /** The opening itself as a path, so that renaming and deleting do not matter any more, nor what bytes the name has. */
  private openPathOf(file: SourceFile, handle: FileHandle): string {
    if (process.platform === 'linux') return `/proc/self/fd/${handle.fd}`;
    return textOf(joinPath(this.deps.place.root, file.path));
  }

  /** Touched, or copied again with its time, a file is what is stored. */
  private isRepeated(file: SourceFile): boolean {
    const { confirmedMtimeNs, signature } = file;
    if (confirmedMtimeNs === null) return false;
    const apartMs = Math.abs(msOf(signature.mtimeNs - confirmedMtimeNs));
    return apartMs > COARSEST_TIME_MS && this.deps.datasets.isRepeated(file);
  }

  /** Also of what a former process has hashed and sent in part: nobody saw what became of the file meanwhile. */
  private async hash({ signature, grown }: SourceFile, openPath: string): Promise<PartsHashed> {
    const { sizeBytes } = signature;
    const partBytes = partBytesFor(sizeBytes, this.deps.partBytes);
    const prefixBytes = grown?.before?.sizeBytes ?? null;
    try {
      return await this.deps.hash({ path: openPath, sizeBytes, partBytes, prefixBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== undefined) {
        throw Object.assign(error as Error, { syscall: 'read' });
      }
      throw new SourceChanged(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * The upload that this one follows, with the hash of what the store has (null: nothing that is known to be complete). When an
   * upload was given up in the middle, the server is asked what became of it.
   */
  private async formerUpload(
    file: SourceFile,
    acquired: Acquired,
    signal: AbortSignal,
  ): Promise<{ clientId: string; sha256: string | null } | null> {
    const { doubtful, confirmedId, confirmedSha256 } = file;
    if (doubtful === null || doubtful.clientId === file.clientId) {
      return confirmedId === null ? null : { clientId: confirmedId, sha256: confirmedSha256 };
    }
    const storedPath = await this.storedPathOf(file, doubtful, acquired, signal);
    if (storedPath === null) return { clientId: doubtful.clientId, sha256: null };
    this.deps.book.wasStored(file, { ...doubtful, storedPath });
    return doubtful;
  }

  /** Opening is idempotent: an upload that was completed says so. One that is opened by it takes the place of what it was to follow. */
  private async storedPathOf(
    file: SourceFile,
    { clientId, sha256, sizeBytes, replaces = file.confirmedId }: DoubtfulUpload,
    acquired: Acquired,
    signal: AbortSignal,
  ): Promise<string | null> {
    const origin = { ...this.originOf(file, acquired, sha256, replaces), sizeBytes };
    const item = {
      clientId,
      kind: 'other' as const,
      datasetId: null,
      path: file.relativePath,
      origin,
      partBytes: partBytesFor(sizeBytes, this.deps.partBytes),
      signParts: [],
    };
    const away = () => undefined;
    const { uploads } = await untilReached(
      () => this.deps.client.openUploads({ uploads: [item] }),
      signal,
      away,
    );
    const [upload] = uploads;
    return upload && upload.state !== 'open' ? upload.path : null;
  }

  private originOf(
    file: SourceFile,
    acquired: Acquired,
    sha256: string,
    replaces: string | null,
  ): FileOrigin {
    const original = textOf(file.path);
    return {
      source: this.deps.source,
      relativePath: file.relativePath,
      originalPath: original === file.relativePath ? null : original,
      acquired,
      sizeBytes: file.signature.sizeBytes,
      sha256,
      replaces,
    };
  }

  private orderOf(
    file: SourceFile,
    hashed: HashedFile,
    {
      origin,
      place,
      handle,
      signal,
      crcs,
    }: Pick<UploadOrder, 'origin'> & {
      place: DatasetPlace | null;
      handle: FileHandle;
      signal: AbortSignal;
      crcs: readonly string[];
    },
  ): UploadOrder {
    const { journal, book } = this.deps;
    const isAsHashed = ({ partNumber, crc32c }: StoredPart) => crcs[partNumber - 1] === crc32c;
    const sent = new GrowingFile({
      clientId: hashed.clientId,
      localPath: hashed.openPath,
      partBytes: partBytesFor(file.signature.sizeBytes, this.deps.partBytes),
      sizeBytes: file.signature.sizeBytes,
      settled: true,
      stored: file.uploadId === null ? [] : journal.partsOf(hashed.clientId).filter(isAsHashed),
    });
    const bornMs = this.deps.place.isLocal(file.path) ? msOf(file.signature.birthNs) : 0;
    const createdMs = Math.min(bornMs || file.seenMs, file.seenMs);
    return {
      file: sent,
      kind: place?.kind ?? 'other',
      datasetId: place?.datasetId ?? null,
      path: shownPath(file.path),
      origin,
      acquired: acquiredMoment(place?.acquired ?? hashed.acquired),
      urgency: () => {
        if (place?.kind === 'master' || isMaster(file)) return 'master';
        return this.deps.isNewest(file) ? 'newest' : 'backlog';
      },
      journal,
      signal,
      opened: handle,
      // Time stamps are as coarse as the clock of the kernel, and a file mapped into memory changes without them.
      stillSame: async () =>
        sent.storedParts().every(isAsHashed) &&
        (await isStill(handle, file.signature, this.deps.place.isLocal(file.path))),
      refused: (error: ServerRefused) => isAboutFile(error),
      uploadId: file.uploadId,
      sha256: file.sha256,
      firstPartAt: file.firstPartAt,
      facts: () => {
        const now = journal.byId(file.id);
        if (now !== null && now.clientId === hashed.clientId && now.state === 'uploading')
          book.committing(now);
        return {
          createdAt: new Date(createdMs).toISOString(),
          settledAt: new Date(file.settledMs ?? file.seenMs).toISOString(),
          chunks: place?.chunks ?? [],
          masks: [],
        };
      },
    };
  }
}

/** A file that was removed while it is sent has another change time and the same bytes. */
async function isStill(handle: FileHandle, before: FileSignature, isLocal: boolean): Promise<boolean> {
  // What is open on a local disk the kernel knows by heart; another machine may have to be asked.
  const stats = isLocal ? fstatSync(handle.fd, { bigint: true }) : await handle.stat({ bigint: true });
  const now = signatureOf(stats);
  if (!stats.isFile()) return false;
  return isSameContent(before, stats.nlink === 0n ? { ...now, ctimeNs: before.ctimeNs } : now);
}
