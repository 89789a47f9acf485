import { readdir } from 'node:fs/promises';
import type { CbfFile } from '#src/shared/codecs/cbf.ts';
import type { SeriesEndRequest } from '#src/shared/contracts/agent-api.ts';
import type { Acquired, FileDatasetOpenRequest } from '#src/shared/contracts/agent-files.ts';
import { cbfDatasetRequest, chunkTableOf, frameNameOf, isOfDataset, readFrameFile } from './cbf-series.ts';
import type { DatasetCalls } from './dataset-calls.ts';
import { lookAtEntry } from './entry-look.ts';
import type { SourceFile } from './file-rows.ts';
import type { DatasetPlace, HashedFile } from './file-sender.ts';
import { isSameInode } from './file-stat.ts';
import type { FlowContext } from './flow-context.ts';
import { gapsBetween } from './frame-gaps.ts';
import { isMeasuredAgain } from './measured-again.ts';
import { bytesOf, joinPath, type PathBytes, pathBytes, shownPath, splitPath } from './path-bytes.ts';

/** As it is noted in the journal. */
interface NotedSeries {
  kind: 'cbf-series';
  stem: PathBytes;
  request: FileDatasetOpenRequest;
  /** Number in the name of frame 0. */
  firstNumber: number;
  /** Null: not opened yet. */
  datasetId: string | null;
  state: 'open' | 'refused' | 'ended';
  /** Own clock; null while it goes on. */
  endedMs: number | null;
}

interface Series extends NotedSeries {
  lastProgressMs: number;
  /** Files that were told their place and are not stored yet. */
  underWay: number;
  opening: Promise<void> | null;
  ending: boolean;
}

/** Recognises series of single frames: a dataset is opened at the first file and ended when no more come. */
export class CbfRecogniser {
  private readonly context: FlowContext;
  private readonly calls: DatasetCalls;
  private readonly signal: AbortSignal;
  private readonly byKey = new Map<string, Series>();
  /** The series that new files of a stem belong to. */
  private readonly current = new Map<PathBytes, Series>();
  private readonly beginning = new Map<PathBytes, Promise<Series | null>>();

  constructor(context: FlowContext, calls: DatasetCalls, signal: AbortSignal) {
    this.context = context;
    this.calls = calls;
    this.signal = signal;
    for (const { body } of context.deps.journal.datasets(context.source)) {
      const noted = JSON.parse(body) as NotedSeries | { kind: 'hdf5-master' };
      if (noted.kind !== 'cbf-series') continue;
      // Of what a former version noted only this is sure.
      const endedMs = noted.endedMs ?? (noted.state === 'ended' ? context.deps.now() : null);
      this.keep({ ...noted, endedMs, ...this.fresh() });
    }
  }

  private fresh() {
    return { lastProgressMs: this.context.deps.now(), underWay: 0, opening: null, ending: false };
  }

  private keep(series: Series): void {
    this.byKey.set(series.request.seriesKey, series);
    if (series.state === 'open') this.current.set(series.stem, series);
  }

  private note({ kind, stem, request, firstNumber, datasetId, state, endedMs }: Series): void {
    const body: NotedSeries = { kind, stem, request, firstNumber, datasetId, state, endedMs };
    this.context.deps.journal.putDataset(this.context.source, request.seriesKey, JSON.stringify(body));
  }

  /** Null: the file is none of a series, or what it is could not be said; it is a file like any other then. */
  async placeOf(file: HashedFile, signal: AbortSignal): Promise<DatasetPlace | null> {
    const name = frameNameOf(file.path);
    if (name === null) return null;
    const frameFile = await readFrameFile(file.openPath, file.sizeBytes);
    if (frameFile === null) return null;
    const series = await this.seriesOf(file, name.stem, frameFile);
    if (series === null) return null;
    const frame = this.frameOf(series, file, name.number);
    if (frame === null || !isOfDataset(frameFile, series.request)) {
      this.tellStranger(file, series);
      return null;
    }
    // Of a series that is switched off the server hears nothing either.
    if (series.state !== 'refused') this.context.requireSent(series.request.acquired);
    series.lastProgressMs = this.context.deps.now();
    series.underWay++;
    try {
      await this.opened(series, signal);
    } catch (error) {
      series.underWay--;
      throw error;
    }
    if (series.datasetId === null) {
      series.underWay--;
      return null;
    }
    this.context.deps.journal.setFrame(file.id, series.request.seriesKey, frame);
    return {
      datasetId: series.datasetId,
      kind: 'data',
      chunks: [chunkTableOf(frameFile, frame)],
      acquired: series.request.acquired,
      left: () => {
        series.underWay--;
        series.lastProgressMs = this.context.deps.now();
      },
    };
  }

  /** Of the series that a file is one of, or by its name would be; null: of none that is known. */
  acquiredOf(file: SourceFile): Acquired | null {
    const { path, seriesKey } = file;
    const series = this.knownSeries(path, file);
    if (series === null || series.state === 'refused') return null;
    const isStranger =
      seriesKey !== series.request.seriesKey && frameNameOf(path)!.number < series.firstNumber;
    return isStranger ? null : series.request.acquired;
  }

  private ownSeries({ seriesKey }: SourceFile): Series | null {
    return (seriesKey !== null && this.byKey.get(seriesKey)) || null;
  }

  isMeasuredAgain(row: SourceFile): boolean {
    return isMeasuredAgain(row, this.ownSeries(row)?.endedMs ?? null);
  }

  private knownSeries(path: PathBytes, row: SourceFile | null): Series | null {
    // A rewritten frame stays in the series it was in.
    const own = row && !this.isMeasuredAgain(row) ? this.ownSeries(row) : null;
    if (own !== null) return own;
    const name = frameNameOf(path);
    const current = name === null ? undefined : this.current.get(name.stem);
    return current === undefined || current.ending ? null : current;
  }

  private frameOf(series: Series, { id }: HashedFile, number: number): number | null {
    const known = this.context.deps.journal.byId(id);
    if (known?.seriesKey === series.request.seriesKey) return known.frame;
    return number >= series.firstNumber ? number - series.firstNumber : null;
  }

  private tellStranger(file: HashedFile, { request }: Series): void {
    this.context.deps.reports.add({
      level: 'warn',
      code: 'frame-left-over',
      message: `${shownPath(file.path)} is not like the other frames of ${request.stem}, or numbered before the first of them: it is stored as a file of no dataset.`,
    });
  }

  private async seriesOf(file: HashedFile, stem: PathBytes, frame: CbfFile): Promise<Series | null> {
    const series = this.knownSeries(file.path, this.context.deps.journal.byId(file.id));
    if (series !== null) return series;
    const known = this.beginning.get(stem);
    if (known) return known;
    const beginning = this.begin(file, stem, frame).finally(() => this.beginning.delete(stem));
    this.beginning.set(stem, beginning);
    return beginning;
  }

  private async begin(file: HashedFile, stem: PathBytes, frame: CbfFile): Promise<Series> {
    const { journal, now } = this.context.deps;
    const coming = journal.comingLike(this.context.source, stem, 1000);
    const first = coming.find(({ path }) => frameNameOf(path)?.stem === stem);
    const acquired = first ? this.context.acquiredOf(first) : file.acquired;
    const { number } = frameNameOf(file.path)!;
    const firstNumber = await this.lowestNumber(stem, number);
    const series: Series = {
      kind: 'cbf-series',
      stem,
      request: cbfDatasetRequest(this.context.source, stem, frame, number - firstNumber, acquired),
      firstNumber,
      datasetId: null,
      state: 'open',
      endedMs: null,
      ...this.fresh(),
      lastProgressMs: now(),
    };
    this.keep(series);
    this.note(series);
    if (coming.some(({ state }) => state === 'held')) this.context.askHeldAgain();
    // The same key must be asked for by the next process.
    await journal.flushed();
    return series;
  }

  /** Of the files that lie there and belong to no series, or not to that of their name's former content: files come in any order. */
  private async lowestNumber(stem: PathBytes, own: number): Promise<number> {
    const { parent } = splitPath(stem);
    const { root } = this.context.deps;
    const names = await readdir(bytesOf(joinPath(root, parent)), { encoding: 'buffer' }).catch(() => []);
    let lowest = own;
    for (const bytes of names) {
      const path = joinPath(parent, pathBytes(bytes));
      const found = frameNameOf(path);
      if (found?.stem !== stem || found.number >= lowest) continue;
      if (await this.isOfNoSeries(path)) lowest = found.number;
    }
    return lowest;
  }

  private async isOfNoSeries(path: PathBytes): Promise<boolean> {
    const row = this.context.deps.journal.byPath(this.context.source, path);
    const endedMs = row && this.ownSeries(row)?.endedMs;
    if (row === null || row.seriesKey === null) return true;
    if (endedMs == null) return false;
    if (row.state !== 'confirmed') return this.isMeasuredAgain(row);
    // It may have been written anew and not been looked at yet.
    const found = await lookAtEntry(this.context.deps.root, path);
    return found.is === 'file' && !isSameInode(row.signature, found.signature);
  }

  private async opened(series: Series, signal: AbortSignal): Promise<void> {
    if (series.datasetId !== null || series.state === 'refused') return;
    series.opening ??= this.open(series).finally(() => {
      series.opening = null;
    });
    await Promise.race([series.opening, aborted(signal)]);
  }

  private async open(series: Series): Promise<void> {
    series.datasetId = await this.calls.open(series.request, this.signal);
    if (series.datasetId === null) series.state = 'refused';
    this.note(series);
  }

  /** Ends what has been quiet for long enough. Never rejects: it is called by a timer. */
  async endQuiet(): Promise<void> {
    const { deps } = this.context;
    for (const series of [...this.current.values()]) {
      const isQuiet = deps.now() - series.lastProgressMs >= deps.folder.seriesTimeoutMs;
      if (!isQuiet || series.underWay > 0 || series.ending || this.isComing(series)) continue;
      series.ending = true;
      try {
        await this.end(series);
      } catch (error) {
        series.ending = false;
        series.endedMs = null;
        if (!this.signal.aborted) this.context.failed(`Ending ${series.request.stem}`, error);
      }
    }
  }

  private isComing({ stem }: Series): boolean {
    const coming = this.context.deps.journal.comingLike(this.context.source, stem, 1000);
    return coming.some(({ path }) => frameNameOf(path)?.stem === stem);
  }

  private async end(series: Series): Promise<void> {
    const { journal } = this.context.deps;
    const endedMs = this.context.deps.now();
    // What comes while the server cannot be told yet is of another series.
    series.endedMs = endedMs;
    const frames = journal.storedFrames(series.request.seriesKey);
    if (series.datasetId !== null) {
      const end: SeriesEndRequest = {
        endedAt: new Date(endedMs).toISOString(),
        ending: 'timeout',
        framesReceived: new Set(frames).size,
        missing: gapsBetween(frames.map((frame) => [frame, frame])).slice(0, 10_000),
        lost: [],
        absentFiles: [],
      };
      await this.calls.end(series.request.stem, series.datasetId, end, this.signal);
    }
    series.state = 'ended';
    this.note(series);
    if (this.current.get(series.stem) === series) this.current.delete(series.stem);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
