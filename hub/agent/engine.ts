import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ChunkTable,
  FrameRange,
  FrameValues,
  SeriesOpenRequest,
} from '#src/shared/contracts/agent-api.ts';
import type { HeldData } from '#src/shared/contracts/agent-control.ts';
import type { DataSpoolFile } from '../stream/data-spool-file.ts';
import type { OpeningFile, SeriesEnd, SeriesSink } from '../stream/series-sink.ts';
import type { SupplementFile } from '../stream/supplement-files.ts';
import { fileClientId } from './file-client-id.ts';
import { GrowingFile } from './growing-file.ts';
import { HeldSums } from './held-data.ts';
import type { FileRow, SeriesRow } from './journal.ts';
import type { PreviewTarget } from './preview-sender.ts';
import { beginOf } from './series-begin.ts';
import { SeriesConclusion } from './series-conclusion.ts';
import { GivenUp, SeriesTransfer, type TransferDeps, type TransferFile } from './series-transfer.ts';

export interface EngineDeps extends TransferDeps {
  partBytes: number;
}

const MAX_CONCLUDED = 50;

/** Nothing waits for what is held for one of these reasons. */
const OFF: ReadonlySet<HeldData['because']> = new Set(['agent-off', 'experiment-off']);

/**
 * What the stream hands over is noted here (journal first) and sent on its way; see `SeriesTransfer`. Receiving never waits
 * for any transfer.
 */
export class Engine implements SeriesSink {
  private readonly deps: EngineDeps;
  private readonly series = new Map<string, SeriesTransfer>();
  private readonly concluded = new Map<string, PreviewTarget>();
  private readonly tasks = new Set<Promise<void>>();

  constructor(deps: EngineDeps) {
    this.deps = deps;
    deps.budget.makeRoom = () => this.giveUpOldest();
    deps.gate.onLeft((isLeft) => {
      for (const series of [...this.series.values()]) {
        if (series.row.state !== 'ended' || !isLeft(series.acquired)) continue;
        // All its images are stored, or given up before: what remains is to say so.
        if (series.row.datasetId !== null && !series.canBeGivenUp) continue;
        this.giveUp(series, 'uploading was switched on for what comes from then on');
      }
    });
  }

  private giveUp(series: SeriesTransfer, why: string): void {
    if (series.giveUp(why)) this.series.delete(series.row.seriesKey);
  }

  /** The buffer is full: of what is switched off, the oldest series makes room. False when there is none. */
  private giveUpOldest(): boolean {
    for (const series of this.series.values()) {
      const decision = this.deps.gate.decision(series.acquired);
      if (decision.send || !OFF.has(decision.because) || !series.canBeGivenUp) continue;
      this.giveUp(series, 'its uploading is switched off, and the buffer is full');
      return true;
    }
    return false;
  }

  clockOffsetMs(): number {
    return this.deps.clock.offsetMs;
  }

  /** Where previews of the series go; null when it is over since long, or was given up. */
  previewTarget = (seriesKey: string): PreviewTarget | null => {
    const series = this.series.get(seriesKey);
    if (!series) return this.concluded.get(seriesKey) ?? null;
    return { datasetId: series.row.datasetId, acquired: series.acquired };
  };

  /** Previews of a short series may be made after everything else of it is stored. */
  private remove(seriesKey: string): void {
    const target = this.previewTarget(seriesKey);
    this.series.delete(seriesKey);
    if (target === null) return;
    this.concluded.set(seriesKey, target);
    if (this.concluded.size > MAX_CONCLUDED) this.concluded.delete([...this.concluded.keys()][0]!);
  }

  datasetOf = (seriesKey: string): string | null => this.series.get(seriesKey)?.row.datasetId ?? null;

  /** Files that are not confirmed yet, and their bytes. */
  queue(): { files: number; bytes: number } {
    let files = 0;
    let bytes = 0;
    for (const { waiting } of this.series.values()) {
      files += waiting.files;
      bytes += waiting.bytes;
    }
    return { files, bytes };
  }

  /** Files that are not sent now, by the reason. */
  held(): HeldData[] {
    const sums = new HeldSums();
    for (const series of this.series.values()) {
      const decision = this.deps.gate.decision(series.acquired);
      const { files, bytes } = series.waiting;
      if (!decision.send && files > 0) sums.add(decision, files, bytes);
    }
    return sums.list();
  }

  /** Called with each heartbeat, which measures the clock. */
  noteClocks(): void {
    for (const series of this.series.values()) series.noteClock();
  }

  // ── what the stream says ──

  seriesStarted({ seriesKey, detector, begun }: Parameters<SeriesSink['seriesStarted']>[0]): string {
    const dir = this.deps.places.folderOf(seriesKey);
    if (!this.series.has(seriesKey))
      this.addSeries({ seriesKey, detector, dir, begun: beginOf(begun, this.deps.clock) });
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return dir;
  }

  private addSeries(series: Pick<SeriesRow, 'seriesKey' | 'detector' | 'dir' | 'begun'>): void {
    this.deps.journal.addSeries({ ...series, openedMs: this.deps.now() });
    this.resumeSeries({
      ...series,
      state: 'receiving',
      openRequest: null,
      datasetId: null,
      base: null,
      endedAt: null,
      ending: null,
      framesReceived: 0,
      lastFrame: -1,
      missing: [],
      lost: [],
    });
  }

  private known(seriesKey: string): SeriesTransfer {
    const series = this.series.get(seriesKey);
    if (!series) throw new Error(`unknown series ${seriesKey}`);
    return series;
  }

  seriesPlanned(request: SeriesOpenRequest): void {
    const series = this.known(request.seriesKey);
    series.planned(request);
    this.spawn(series.openAtServer(() => this.isTurn(series)));
  }

  fileOpening({ seriesKey, number, path: wanted }: Parameters<SeriesSink['fileOpening']>[0]): OpeningFile {
    const { pool, places } = this.deps;
    const { files } = this.known(seriesKey);
    const asked = files.get(number);
    // It could not be made when it was asked for first. An old file that lies there since is cut to nothing: that makes room.
    if (asked) return { clientId: asked.row.clientId, path: asked.row.localPath, used: false };
    const likelyBytes = Math.max(0, ...[...files.values()].map(({ growing }) => growing.sizeBytes));
    const place = places.pathFor(seriesKey, wanted, likelyBytes, this.usedInMain());
    const tracked = this.newFile(seriesKey, 'data', number, place);
    files.set(number, tracked);
    return {
      clientId: tracked.row.clientId,
      path: place,
      used: places.isInMain(place) && pool.take(place),
    };
  }

  /** What lies in the first of the buffer's places. */
  usedInMain(): number {
    let bytes = 0;
    for (const { files } of this.series.values()) {
      for (const { row, growing } of files.values()) {
        const isThere = row.state === 'growing' || row.state === 'settled';
        if (isThere && this.deps.places.isInMain(row.localPath)) bytes += growing.sizeBytes;
      }
    }
    return bytes;
  }

  /** False while an earlier series of the same detector is to be opened at the server. */
  private isTurn(series: SeriesTransfer): boolean {
    for (const earlier of this.series.values()) {
      if (earlier === series) return true;
      if (earlier.row.detector === series.row.detector && earlier.isToBeOpened) return false;
    }
    return true;
  }

  private newFile(seriesKey: string, kind: FileRow['kind'], number: number, localPath: string): TransferFile {
    return this.track(this.newRow(seriesKey, kind, number, localPath), [], []);
  }

  private newRow(seriesKey: string, kind: FileRow['kind'], number: number, localPath: string): FileRow {
    const row: FileRow = {
      clientId: fileClientId(seriesKey, number),
      seriesKey,
      kind,
      number,
      localPath,
      state: 'growing',
      partBytes: this.deps.partBytes,
      sizeBytes: 0,
      rows: 0,
      absent: [],
      sha256: null,
      createdAt: new Date(this.deps.now()).toISOString(),
      settledAt: null,
      firstPartAt: null,
      uploadId: null,
      finalPath: null,
      masks: [],
    };
    this.deps.journal.addFile(row);
    return row;
  }

  private track(row: FileRow, tables: ChunkTable[], values: FrameValues[]): TransferFile {
    const growing = new GrowingFile({
      clientId: row.clientId,
      localPath: row.localPath,
      partBytes: row.partBytes,
      sizeBytes: row.sizeBytes,
      settled: row.state !== 'growing',
      stored: row.uploadId === null ? [] : this.deps.journal.partsOf(row.clientId),
    });
    return { row, growing, tables, values, stop: new AbortController(), done: Promise.resolve() };
  }

  fileOpened(file: DataSpoolFile): void {
    const series = this.known(file.seriesKey);
    const tracked = series.files.get(file.number)!;
    this.deps.budget.add(file.sizeBytes);
    tracked.growing.grew(file.sizeBytes);
    this.beginUpload(series, tracked);
  }

  fileGrew(file: DataSpoolFile, bytes: Uint8Array): void {
    this.deps.budget.add(bytes.length);
    this.series.get(file.seriesKey)!.files.get(file.number)!.growing.appended(bytes, file.sizeBytes);
  }

  fileFinished(file: DataSpoolFile, rows: number): void {
    const tracked = this.known(file.seriesKey).files.get(file.number)!;
    const { row, growing } = tracked;
    tracked.tables = file.chunkTables(rows);
    tracked.values = file.frameValues(rows);
    Object.assign(row, {
      state: 'settled',
      sizeBytes: file.sizeBytes,
      rows,
      absent: file.absentFrames(rows),
      createdAt: new Date(file.firstFrameAtMs).toISOString(),
      settledAt: new Date(file.lastFrameAtMs).toISOString(),
    });
    this.deps.journal.setFileSettled(row);
    // What stands for frames that never came was not there before; it is sent once the journal has the file as settled.
    this.deps.budget.add(row.sizeBytes - growing.sizeBytes);
    this.deps.budget.settle(row.sizeBytes);
    growing.settle(row.sizeBytes);
  }

  nextSupplement(seriesKey: string): number {
    return 1 - Math.min(0, ...this.known(seriesKey).files.keys());
  }

  supplementKept(seriesKey: string, { number, path: localPath, sizeBytes }: SupplementFile): void {
    const series = this.known(seriesKey);
    // Numbers below zero: those from zero are the master and the data files.
    const tracked = this.newFile(seriesKey, 'other', -number, localPath);
    series.files.set(-number, tracked);
    Object.assign(tracked.row, { state: 'settled', sizeBytes, settledAt: tracked.row.createdAt });
    this.deps.journal.setFileSettled(tracked.row);
    this.deps.budget.add(sizeBytes);
    this.deps.budget.settle(sizeBytes);
    tracked.growing.settle(sizeBytes);
    this.beginUpload(series, tracked);
  }

  seriesProgress(seriesKey: string, framesReceived: number, lastFrame: number): void {
    this.deps.journal.setSeriesProgress(seriesKey, framesReceived, lastFrame);
  }

  seriesEnded(seriesKey: string, end: SeriesEnd): void {
    const series = this.known(seriesKey);
    // A file may have been lost here while the series went on.
    const told = { ...end, lost: [...series.row.lost, ...end.lost] };
    this.deps.journal.setSeriesEnded(seriesKey, told);
    Object.assign(series.row, told, { state: 'ended' });
    series.noteEnded();
  }

  // ── what a former process left ──

  /** Takes over a series from the journal; its files follow by `resumeFile`, then `resumed`. */
  resumeSeries(row: SeriesRow): void {
    const series = new SeriesTransfer(row, this.deps);
    this.series.set(row.seriesKey, series);
    if (row.datasetId === null && row.openRequest !== null)
      this.spawn(series.openAtServer(() => this.isTurn(series)));
    const makeMaster = () => this.newFile(row.seriesKey, 'master', 0, path.join(row.dir, 'master.h5'));
    const conclusion = new SeriesConclusion(series, this.deps);
    this.spawn(conclusion.run(makeMaster).then(() => this.remove(row.seriesKey)));
  }

  /** A file of a former process: growing (its bytes so far), settled (all of it) or done with. */
  resumeFile(row: FileRow, tables: ChunkTable[] = [], values: FrameValues[] = []): void {
    const series = this.known(row.seriesKey);
    const tracked = this.track(row, tables, values);
    series.files.set(row.number, tracked);
    if (row.state === 'confirmed' || row.state === 'lost') return;
    this.deps.budget.add(row.sizeBytes);
    if (row.state === 'settled') this.deps.budget.settle(row.sizeBytes);
    // A master that is not whole yet is built again after the data files.
    if (row.kind === 'data' || row.state === 'settled') this.beginUpload(series, tracked);
  }

  noteLost(seriesKey: string, lost: FrameRange): void {
    this.known(seriesKey).noteLost(lost);
  }

  /** All files of the series are taken over: if it had ended, it can be concluded. */
  resumed(seriesKey: string): void {
    const series = this.known(seriesKey);
    if (series.row.state === 'ended') series.noteEnded();
  }

  /** A data file of an open series that lies in the spool and is not in the journal: it is noted, then resumed as others. */
  adoptFile(seriesKey: string, number: number, localPath: string): FileRow {
    return this.newRow(seriesKey, 'data', number, localPath);
  }

  // ── tasks ──

  private spawn(task: Promise<void>): void {
    const guarded = task
      .catch((error: unknown) => {
        if (this.deps.signal.aborted || error instanceof GivenUp) return;
        const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.deps.reports.add({ level: 'error', code: 'internal', message: `A transfer stopped: ${what}` });
      })
      .finally(() => this.tasks.delete(guarded));
    this.tasks.add(guarded);
  }

  private beginUpload(series: SeriesTransfer, file: TransferFile): void {
    file.done = series.uploadFile(file);
    this.spawn(file.done);
  }

  /** Resolves when nothing is left that could be sent, or the time is over. */
  async drain(maxMs: number): Promise<void> {
    const until = performance.now() + maxMs;
    while (performance.now() < until && [...this.series.values()].some(({ isSending }) => isSending)) {
      await sleep(50);
    }
  }

  /** After the signal fired: resolves when every task has noticed. */
  async settled(): Promise<void> {
    await Promise.all(this.tasks);
  }
}
