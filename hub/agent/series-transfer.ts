import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ChunkTable,
  FrameRange,
  FrameValues,
  SeriesOpenRequest,
} from '#src/shared/contracts/agent-api.ts';
import { indexPathOf, valuesPathOf } from '../stream/data-spool-file.ts';
import { describeRanges } from '../stream/frame-set.ts';
import { syncSpooled, syncStart } from '../stream/sync-spooled.ts';
import { isAccessRefusal } from './access.ts';
import type { ClockOffset } from './clock-offset.ts';
import type { GrowingFile } from './growing-file.ts';
import type { FileRow, Journal, SeriesRow } from './journal.ts';
import type { ReportLog } from './report-log.ts';
import { untilReached } from './retry-delay.ts';
import { clockAt } from './series-begin.ts';
import { fileSuffix } from './series-master.ts';
import { type ServerClient, ServerRefused, type ServerUnreachable } from './server-client.ts';
import type { UploadUrgency } from './slots.ts';
import { removeSpooled, type SpoolBudget, type SpoolPool } from './spool.ts';
import type { SpoolPlaces } from './spool-places.ts';
import type { SpoolThread } from './spool-thread.ts';
import { type AcquiredMoment, type UploadGate, untilSent } from './upload-gate.ts';
import type { Uploader } from './uploader.ts';

/** What only a person can put right (a revoked token, a full disk) is tried again this often. */
const REFUSED_RETRY_MS = 30_000;
const LOCAL_RETRY_MS = 5000;
const TURN_MS = 50;
/** A file begun within this time is one that somebody may be looking at; older ones are backlog. */
const NEWEST_MS = 15_000;

export interface TransferDeps {
  journal: Journal;
  budget: SpoolBudget;
  places: SpoolPlaces;
  pool: SpoolPool;
  thread: SpoolThread;
  client: ServerClient;
  gate: UploadGate;
  uploader: Uploader;
  reports: ReportLog;
  signal: AbortSignal;
  now: () => number;
  clock: ClockOffset;
}

export interface TransferFile {
  row: FileRow;
  growing: GrowingFile;
  tables: ChunkTable[];
  /** The numbers that came with its frames. */
  values: FrameValues[];
  /** Fired when it is given up. */
  stop: AbortController;
  /** Settles when the file is confirmed or known to be lost. */
  done: Promise<void>;
}

export interface Opened {
  datasetId: string;
  base: string;
}

/**
 * The way of one series from spool to store: opened at the server, its files uploaded while they grow, after the end the
 * master, then the word to the server, and only then the spool given free. Each step is in the journal before the next
 * begins, so a process killed anywhere goes on there.
 */
export class SeriesTransfer {
  readonly row: SeriesRow;
  readonly files = new Map<number, TransferFile>();
  /** Of the agent, and of this series alone. */
  readonly signal: AbortSignal;
  /** Nothing is to be done for it but to ask whether another agent has written its master. */
  awaitsOthers = false;
  private readonly givenUp = new AbortController();
  private wasRefused = false;
  private readonly deps: TransferDeps;
  private readonly opened = Promise.withResolvers<Opened>();
  private readonly ended = Promise.withResolvers<void>();

  constructor(row: SeriesRow, deps: TransferDeps) {
    this.row = row;
    this.deps = deps;
    this.signal = AbortSignal.any([deps.signal, this.givenUp.signal]);
    if (row.datasetId !== null && row.base !== null) {
      this.opened.resolve({ datasetId: row.datasetId, base: row.base });
    }
  }

  /** When it began; null until the layout of its images is known. */
  get acquired(): AcquiredMoment | null {
    const { openRequest, datasetId } = this.row;
    if (openRequest === null) return null;
    // Once the server has decided, what it was told counts.
    const told = datasetId === null ? this.withClock(openRequest) : openRequest;
    const { startedAt, clockOffsetMs, clockDoubtMs = 0 } = told;
    return { at: new Date(Date.parse(startedAt) + clockOffsetMs), doubtMs: clockDoubtMs };
  }

  /** Files that are not confirmed yet, and their bytes. */
  get waiting(): { files: number; bytes: number } {
    let files = 0;
    let bytes = 0;
    for (const { row, growing } of this.files.values()) {
      if (row.state === 'confirmed' || row.state === 'lost') continue;
      files++;
      bytes += growing.sizeBytes;
    }
    return { files, bytes };
  }

  /** Everything was received; nothing more will be added. */
  noteEnded(): void {
    this.ended.resolve();
  }

  /** Resolves when everything was received and the server knows the series. */
  async whenEnded(): Promise<Opened> {
    await abortable(this.ended.promise, this.signal);
    return abortable(this.opened.promise, this.signal);
  }

  /** Whether something of it could be sent now. */
  get isSending(): boolean {
    return (
      (this.row.state === 'ended' && !this.awaitsOthers) ||
      [...this.files.values()].some(({ row }) => row.state === 'settled')
    );
  }

  report(level: 'warn' | 'error', code: string, message: string): void {
    const { detector, seriesKey } = this.row;
    this.deps.reports.add({ level, code, message, detector, seriesKey });
  }

  log(code: string, message: string, fields: Record<string, unknown> = {}): void {
    const { detector, seriesKey } = this.row;
    this.deps.reports.logOnly({ code, message, detector, seriesKey, ...fields });
  }

  /** Asks until the server says yes. */
  async untilAccepted<T>(what: string, action: () => Promise<T>): Promise<T> {
    const unreachable = (error: ServerUnreachable) =>
      this.report(
        'error',
        'server-unreachable',
        `${what} waits: ${error.message}. Data are kept in the buffer.`,
      );
    for (;;) {
      await untilSent(this.deps.gate, () => this.acquired, this.signal);
      try {
        return await untilReached(action, this.signal, unreachable);
      } catch (error) {
        if (!(error instanceof ServerRefused)) throw error;
        if (isAccessRefusal(error)) continue;
        this.wasRefused = true;
        const why = `${error.message} (${error.code})`;
        this.report('error', 'series-refused', `${what} is refused: ${why}. Data are kept in the buffer.`);
        await sleep(REFUSED_RETRY_MS, undefined, { signal: this.signal });
      }
    }
  }

  /** The layout of its images is known. */
  planned(request: SeriesOpenRequest): void {
    const { offsetMs, doubtMs } = clockAt(this.row.begun, this.deps.clock);
    this.note({ ...request, clockOffsetMs: offsetMs, clockDoubtMs: doubtMs });
  }

  /** Keeps for the next process what is known of the clock since, when it is much better than what was known before. */
  noteClock(): void {
    const { openRequest, datasetId } = this.row;
    if (openRequest === null || datasetId !== null) return;
    const known = this.withClock(openRequest);
    if (2 * (known.clockDoubtMs ?? 0) < (openRequest.clockDoubtMs ?? 0)) this.note(known);
  }

  private note(request: SeriesOpenRequest): void {
    this.row.openRequest = request;
    this.deps.journal.setOpenRequest(request);
  }

  /** With what is known by now of the clock at its start: a first measurement after it counts for it too. */
  private withClock(request: SeriesOpenRequest): SeriesOpenRequest {
    const { offsetMs, doubtMs } = clockAt(this.row.begun, this.deps.clock);
    if (doubtMs >= (request.clockDoubtMs ?? 0)) return request;
    return { ...request, clockOffsetMs: offsetMs, clockDoubtMs: doubtMs };
  }

  /** Whether it may be opened now and has not been, nor refused: later series of its detector let it go first. */
  get isToBeOpened(): boolean {
    const { openRequest, datasetId } = this.row;
    if (openRequest === null || datasetId !== null || this.wasRefused) return false;
    return this.deps.gate.decision(this.acquired).send;
  }

  /** @param isTurn false while an earlier series is to be opened: of one name, the later gets the suffix */
  async openAtServer(isTurn: () => boolean): Promise<void> {
    const request = this.row.openRequest!;
    const what = `Series ${request.seriesId}`;
    while (!isTurn()) await sleep(TURN_MS, undefined, { signal: this.signal });
    // Forgotten in a loss of power, it would stay open there for ever. A disk that refuses is no reason to keep data back.
    await Promise.allSettled([syncStart(this.row.dir), this.deps.journal.synced()]);
    const answer = await this.untilAccepted(what, () => {
      const known = this.withClock(this.row.openRequest!);
      if (known !== this.row.openRequest) this.note(known);
      return this.deps.client.openSeries(known);
    });
    const { datasetId, base, unassignedReason } = answer;
    this.deps.journal.setSeriesOpened(request.seriesKey, datasetId, base);
    Object.assign(this.row, { datasetId, base });
    if (unassignedReason !== null) {
      const message = `${what} belongs to no experiment (${unassignedReason}); it is kept in the unassigned tray.`;
      this.report('warn', 'no-active-experiment', message);
    }
    this.log('series-opened', `${what} is ${base}`);
    this.opened.resolve({ datasetId, base });
  }

  /** Brings one file into the store; resolves when it is confirmed, or lost with its loss told. */
  async uploadFile(file: TransferFile): Promise<void> {
    const { row } = file;
    const { signal } = this;
    const opened = await abortable(this.opened.promise, signal);
    for (;;) {
      try {
        await this.uploadOnce(file, opened);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (row.state === 'lost') return;
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT' && (await this.isLost(file))) return;
        this.report('error', 'internal', `${row.localPath} cannot be sent: ${String(error)}. Trying again.`);
        await sleep(LOCAL_RETRY_MS, undefined, { signal });
      }
    }
  }

  private urgencyOf({ kind, createdAt }: FileRow): UploadUrgency {
    if (kind === 'master') return 'master';
    return this.deps.now() - Date.parse(createdAt) < NEWEST_MS ? 'newest' : 'backlog';
  }

  private async uploadOnce(file: TransferFile, { datasetId, base }: Opened): Promise<void> {
    const { row, growing } = file;
    const confirmed = await this.deps.uploader.upload({
      file: growing,
      kind: row.kind,
      datasetId,
      path: base + suffixOf(row),
      origin: null,
      acquired: this.acquired,
      urgency: () => this.urgencyOf(row),
      journal: this.deps.journal,
      signal: file.stop.signal,
      outlive: async () => {
        await Promise.allSettled([syncSpooled(row), this.deps.journal.synced()]);
      },
      uploadId: row.uploadId,
      sha256: row.sha256,
      firstPartAt: row.firstPartAt,
      facts: () => ({
        createdAt: row.createdAt,
        settledAt: row.settledAt ?? row.createdAt,
        chunks: file.tables,
        frameValues: file.values,
        masks: row.masks,
      }),
    });
    // Given up while the server answered.
    if (row.state === 'lost') return;
    // Order matters: the journal first, else a crash in between would leave a file that is neither here nor known as there.
    this.deps.journal.setFileConfirmed(row.clientId, confirmed.path);
    await this.deps.journal.written(this.deps.signal);
    Object.assign(row, { state: 'confirmed', finalPath: confirmed.path });
    this.deps.budget.free(growing.sizeBytes);
    if (row.kind === 'data') {
      removeSpooled(indexPathOf(row.localPath));
      removeSpooled(valuesPathOf(row.localPath));
      if (this.deps.places.isInMain(row.localPath)) this.deps.pool.give(row.localPath, growing.sizeBytes);
      else removeSpooled(row.localPath);
    } else removeSpooled(row.localPath);
    file.tables = [];
    file.values = [];
    const afterMs = this.deps.now() - Date.parse(row.settledAt ?? row.createdAt);
    this.log('file-confirmed', confirmed.path, { sizeBytes: growing.sizeBytes, afterMs });
  }

  /** A spooled file that somebody removed: once it is complete, its frames are counted as lost. */
  private async isLost({ row, growing }: TransferFile): Promise<boolean> {
    while (!growing.isSettled) await growing.changed.wait(this.deps.signal);
    if (row.kind === 'master') return false;
    if (row.kind === 'other') return this.otherIsLost(row, growing);
    this.noteLost(this.framesOf(row));
    this.deps.journal.setFileLost(row.clientId);
    row.state = 'lost';
    this.deps.budget.free(growing.sizeBytes);
    const frames = describeRanges([this.framesOf(row)]);
    this.report(
      'error',
      'frames-lost',
      `${this.row.base}: images ${frames} are lost: their file was removed from the buffer.`,
    );
    return true;
  }

  private otherIsLost(row: FileRow, growing: GrowingFile): true {
    this.deps.journal.setFileLost(row.clientId);
    row.state = 'lost';
    this.deps.budget.free(growing.sizeBytes);
    const name = path.basename(row.localPath);
    this.report(
      'error',
      'file-lost',
      `${this.row.base}: ${name} is lost: it was removed from the buffer before it was sent.`,
    );
    return true;
  }

  private framesOf({ number, rows }: FileRow): FrameRange {
    const first = (number - 1) * (this.row.openRequest?.framesPerFile ?? 1);
    return [first, first + rows - 1];
  }

  noteLost(lost: FrameRange): void {
    this.row.lost = [...this.row.lost, lost];
    this.deps.journal.setSeriesLost(this.row.seriesKey, this.row.lost);
  }

  // ── given up ──

  /** Settled data files that are neither stored nor lost. */
  private get settledFiles(): TransferFile[] {
    return [...this.files.values()].filter(({ row }) => row.kind === 'data' && row.state === 'settled');
  }

  /** Whether giving it up would make room. */
  get canBeGivenUp(): boolean {
    return this.settledFiles.length > 0;
  }

  /**
   * What is not sent of it by now is never sent. Of a series that the server knows, or that is still being received, its frames are
   * counted as lost; else nothing of it is left, and true is returned.
   * @param why after "… was given up: "
   */
  giveUp(why: string): boolean {
    const { openRequest, seriesKey, dir, state, datasetId, base, framesReceived } = this.row;
    const files = this.settledFiles;
    const frames = describeRanges(files.map(({ row }) => this.framesOf(row)));
    const name = base ?? (openRequest?.prefix || `series ${openRequest?.seriesId ?? ''}`);
    const isWhole = state === 'ended' && datasetId === null;
    if (!isWhole) for (const { row } of files) this.noteLost(this.framesOf(row));
    for (const file of isWhole ? this.files.values() : files) this.drop(file);
    const what = isWhole ? `${name} (${framesReceived} images)` : `images ${frames} of ${name}`;
    this.report('error', 'held-given-up', `${what} given up: ${why}.`);
    if (!isWhole) return false;
    this.deps.journal.closeSeries(seriesKey);
    this.givenUp.abort(new GivenUp());
    this.deps.places.removeSeries({ seriesKey, dir });
    return true;
  }

  private drop(file: TransferFile): void {
    const { row, growing, stop } = file;
    if (row.state === 'confirmed' || row.state === 'lost') return;
    this.deps.journal.setFileLost(row.clientId);
    row.state = 'lost';
    stop.abort(new GivenUp());
    this.deps.budget.free(growing.sizeBytes);
    for (const spooled of [row.localPath, indexPathOf(row.localPath), valuesPathOf(row.localPath)]) {
      removeSpooled(spooled);
    }
  }
}

/** Ends what is under way for a series or a file that is not to be sent any more. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/** Rejects with the signal's reason when it fires first. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Files that are neither data nor master keep their name: `_calibration_000001.cbor`. */
function suffixOf({ kind, number, localPath }: FileRow): string {
  return kind === 'other' ? `_${path.basename(localPath)}` : fileSuffix(kind, number);
}
