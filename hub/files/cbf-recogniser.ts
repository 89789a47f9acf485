import type { SeriesEndRequest } from '#src/shared/contracts/agent-api.ts';
import type { Acquired } from '#src/shared/contracts/agent-files.ts';
import { rangeLength } from '#src/shared/model/frame-words.ts';
import { cbfDatasetRequest, chunkTableOf, frameNameOf, isOfDataset } from './cbf-series.ts';
import type { DatasetCalls } from './dataset-calls.ts';
import { lookAtEntry } from './entry-look.ts';
import type { SourceFile } from './file-rows.ts';
import type { DatasetPlace, HashedFile } from './file-sender.ts';
import { isSameInode } from './file-stat.ts';
import type { FlowContext } from './flow-context.ts';
import { type FrameFile, readFrameFile } from './frame-file.ts';
import { framesOf, gapsBetween, rangesOf } from './frame-gaps.ts';
import { Continuity, longestPauseMs, ownMoment } from './goes-on.ts';
import { isMeasuredAgain } from './measured-again.ts';
import { aborted, lowestNumber, type NotedSeries, type Series } from './noted-series.ts';
import { type PathBytes, shownPath } from './path-bytes.ts';

/** Files that are looked at to see whether a series paused. */
const NEIGHBOURS = 1000;

/** Recognises series of single frames: a dataset is opened at the first file and ended when no more come. */
export class CbfRecogniser {
  private readonly context: FlowContext;
  private readonly calls: DatasetCalls;
  private readonly signal: AbortSignal;
  private readonly byKey = new Map<string, Series>();
  /** The series that new files of a stem belong to. */
  private readonly current = new Map<PathBytes, Series>();
  /** Those whose names another acquisition has now; what came before it and is still on its way belongs to them. */
  private readonly superseded = new Set<Series>();
  /** By stem, the last that has ended: a frame that it lacks may come late. */
  private readonly ended = new Map<PathBytes, Series>();
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
      this.keep({ ...noted, endedMs, ...this.fresh(noted.request.acquired) });
    }
  }

  private fresh(began: Acquired) {
    const { now, gate } = this.context.deps;
    const continuity = new Continuity(gate, began);
    return { lastProgressMs: now(), underWay: 0, opening: null, ending: false, continuity };
  }

  private keep(series: Series): void {
    this.byKey.set(series.request.seriesKey, series);
    if (series.state === 'ended') this.keepEnded(series);
    else if (series.endedMs !== null) this.superseded.add(series);
    else if (series.state === 'open') this.current.set(series.stem, series);
  }

  private keepEnded(series: Series): void {
    const known = this.ended.get(series.stem);
    if (known === undefined || known.endedMs! < series.endedMs!) this.ended.set(series.stem, series);
  }

  private note({
    lastProgressMs: _,
    underWay: __,
    opening: ___,
    ending: ____,
    continuity: _____,
    ...series
  }: Series): void {
    const body: NotedSeries = series;
    const { request } = body;
    this.context.deps.journal.putDataset(this.context.source, request.seriesKey, JSON.stringify(body));
  }

  /** Null: the file is none of a series, or what it is could not be said; it is a file like any other then. */
  async placeOf(file: HashedFile, signal: AbortSignal): Promise<DatasetPlace | null> {
    const frameFile = await readFrameFile(file, this.context.deps.reports);
    const name = frameNameOf(file.path);
    if (frameFile === null || name === null) return null;
    const series = await this.seriesOf(file, name.stem, frameFile);
    if (series === null) return null;
    const frame = this.frameOf(series, file, name.number);
    if (frame === null || !isOfDataset(frameFile, series.request)) {
      // Beside CBF files of these names others put pictures of them.
      const isPicture = name.kind === 'tiff' && series.request.channels[0]!.filter !== 'tiff';
      if (!isPicture) this.tellStranger(file, series);
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

  /** A number seen again is another acquisition after the end of its series, and before it when experiments were switched in between. */
  private isMeasuredAgain(row: SourceFile): boolean {
    const own = this.ownSeries(row);
    if (own === null) return false;
    if (own.endedMs !== null) return isMeasuredAgain(row, own.endedMs);
    const isAnotherFile = row.confirmedId !== null && !row.inPlace;
    return isAnotherFile && own.continuity.switchBefore(this.context.acquiredOf(row)) !== null;
  }

  /** Measured again in the experiment of its series. */
  isRepeated(row: SourceFile): boolean {
    const isOfOther = this.ownSeries(row)?.continuity.switchBefore(this.context.acquiredOf(row)) != null;
    return this.isMeasuredAgain(row) && !isOfOther;
  }

  /** Whether the new content of a file is of another acquisition than the frame that it was; that one gets no more then. */
  beginAnew(row: SourceFile): boolean {
    if (!this.isMeasuredAgain(row)) return false;
    this.supersede(this.ownSeries(row)!, this.context.acquiredOf(row));
    return true;
  }

  /** @param next of the first file that is none of it */
  private supersede(series: Series, next: Acquired): void {
    if (series.endedMs !== null) return;
    series.endedMs = (ownMoment(next) ?? this.context.deps.now()) - 1;
    series.storedBefore = rangesOf(this.context.deps.journal.storedFrames(series.request.seriesKey));
    this.current.delete(series.stem);
    this.superseded.add(series);
    this.note(series);
  }

  private isBefore(row: SourceFile, { endedMs }: Series): boolean {
    const moment = ownMoment(this.context.acquiredOf(row));
    return endedMs === null || (moment !== null && moment <= endedMs);
  }

  private knownSeries(path: PathBytes, row: SourceFile): Series | null {
    // A rewritten frame stays in the series it was in.
    const own = this.ownSeries(row);
    if (own !== null && !this.isMeasuredAgain(row)) return own;
    const name = frameNameOf(path);
    if (name === null) return null;
    for (const series of this.superseded) {
      if (series.stem === name.stem && !series.ending && this.isBefore(row, series)) return series;
    }
    const current = this.current.get(name.stem);
    if (current === undefined || current.ending || own === current) return null;
    const isOther = this.isBegunAnew(current, row, name.number) || !this.goesOn(current, row);
    return isOther ? null : current;
  }

  /** After a switch: a number below its first one, or numbers of its frames on their way again, are another acquisition. */
  private isBegunAnew(series: Series, row: SourceFile, number: number): boolean {
    if (series.continuity.switchBefore(this.context.acquiredOf(row)) === null) return false;
    const isAgain = (one: SourceFile) => this.ownSeries(one) === series && this.isMeasuredAgain(one);
    return number < series.firstNumber || this.comingOf(series.stem).some(isAgain);
  }

  private goesOn(series: Series, row: SourceFile): boolean {
    const { context } = this;
    const { seriesKey, geometry } = series.request;
    const others = () =>
      [
        ...context.deps.journal.newestOfSeries(seriesKey, NEIGHBOURS),
        ...this.comingOf(series.stem).filter((one) => one.seriesKey === null),
      ].map((one) => context.acquiredOf(one));
    const pauseMs = longestPauseMs(context.deps.folder.seriesTimeoutMs, geometry.frameTimeS, 1);
    return series.continuity.of(context.acquiredOf(row), others, pauseMs) === 'part';
  }

  private comingOf(stem: PathBytes): SourceFile[] {
    const coming = this.context.deps.journal.comingLike(this.context.source, stem, NEIGHBOURS);
    return coming.filter(({ path }) => frameNameOf(path)?.stem === stem);
  }

  /** The last series of these names, when it ended without this frame: nothing else with its names came since. */
  private lateSeries(stem: PathBytes, number: number, row: SourceFile): Series | null {
    const series = this.ended.get(stem);
    if (series === undefined || series.datasetId === null || row.version > 1) return null;
    if (series.continuity.switchBefore(this.context.acquiredOf(row)) !== null) return null;
    const frame = number - series.firstNumber;
    const stored = this.context.deps.journal.storedFrames(series.request.seriesKey);
    const isLacking = frame > 0 && frame < (stored.at(-1) ?? 0) && !stored.includes(frame);
    const isAlone = this.comingOf(stem).every((one) => {
      const at = frameNameOf(one.path)!.number - series.firstNumber;
      return at > 0 && at < stored.at(-1)! && !stored.includes(at);
    });
    return isLacking && isAlone ? series : null;
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

  private async seriesOf(file: HashedFile, stem: PathBytes, frame: FrameFile): Promise<Series | null> {
    const row = this.context.deps.journal.byId(file.id)!;
    const series = this.knownSeries(file.path, row);
    if (series !== null) return series;
    const late =
      this.beginning.has(stem) || this.current.has(stem)
        ? null
        : this.lateSeries(stem, frameNameOf(file.path)!.number, row);
    if (late !== null) return late;
    const known = this.beginning.get(stem);
    if (known) return known;
    const beginning = this.begin(file, stem, frame).finally(() => this.beginning.delete(stem));
    this.beginning.set(stem, beginning);
    return beginning;
  }

  /** It could be the next frame of the series that has these names, but for a switch and a pause. */
  private isUnclear(former: Series, { id }: HashedFile, number: number): boolean {
    const row = this.context.deps.journal.byId(id)!;
    const isAgain = this.ownSeries(row) === former || this.isBegunAnew(former, row, number);
    return !isAgain && !this.goesOn(former, row);
  }

  private async begin(file: HashedFile, stem: PathBytes, frame: FrameFile): Promise<Series> {
    const { journal } = this.context.deps;
    const { number, kind } = frameNameOf(file.path)!;
    const current = this.current.get(stem);
    const former = current?.ending ? undefined : current;
    const isUnclear = former !== undefined && this.isUnclear(former, file, number);
    const isOfFormer = (row: SourceFile) =>
      [...this.superseded].some((one) => one.stem === stem && this.isBefore(row, one)) ||
      (former !== undefined && row.id !== file.id && this.knownSeries(row.path, row) === former);
    const coming = this.comingOf(stem).filter((row) => !isOfFormer(row));
    const [first] = coming;
    const acquired = first ? this.context.acquiredOf(first) : file.acquired;
    if (former !== undefined) this.supersede(former, acquired);
    const firstNumber = await lowestNumber(this.context.deps.place.root, stem, { number, kind }, (path) =>
      this.isOfNoSeries(path),
    );
    const series: Series = {
      kind: 'cbf-series',
      stem,
      request: {
        ...cbfDatasetRequest(this.context.source, stem, frame, number - firstNumber, acquired),
        ...(isUnclear && { perhapsOf: former.request.stem }),
      },
      firstNumber,
      datasetId: null,
      state: 'open',
      endedMs: null,
      ...this.fresh(acquired),
    };
    this.keep(series);
    this.note(series);
    if (coming.some(({ state }) => state === 'held')) this.context.askHeldAgain();
    // The same key must be asked for by the next process.
    await journal.flushed();
    return series;
  }

  /** It belongs to no series, or not to that of its name's former content. */
  private async isOfNoSeries(path: PathBytes): Promise<boolean> {
    const row = this.context.deps.journal.byPath(this.context.source, path);
    const endedMs = row && this.ownSeries(row)?.endedMs;
    if (row === null) return true;
    for (const series of this.superseded) {
      if (frameNameOf(path)?.stem === series.stem && this.isBefore(row, series)) return false;
    }
    if (row.seriesKey === null) return true;
    if (endedMs == null) return false;
    if (row.state !== 'confirmed') return this.isMeasuredAgain(row);
    // It may have been written anew and not been looked at yet.
    const found = await lookAtEntry(this.context.deps.place.root, path);
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
    for (const series of [...this.current.values(), ...this.superseded]) {
      const { endedMs } = series;
      const isQuiet = endedMs !== null || deps.now() - series.lastProgressMs >= deps.folder.seriesTimeoutMs;
      if (!isQuiet || series.underWay > 0 || series.ending || this.isComing(series)) continue;
      series.ending = true;
      try {
        await this.end(series);
      } catch (error) {
        series.ending = false;
        series.endedMs = endedMs;
        if (!this.signal.aborted) this.context.failed(`Ending ${series.request.stem}`, error);
      }
    }
  }

  private isComing(series: Series): boolean {
    return this.comingOf(series.stem).some((row) => this.isBefore(row, series));
  }

  private async end(series: Series): Promise<void> {
    const { journal } = this.context.deps;
    const isSuperseded = series.endedMs !== null;
    // What comes while the server cannot be told yet is of another series.
    series.endedMs ??= this.context.deps.now();
    const before = (series.storedBefore ?? []).flatMap(framesOf);
    const stored = rangesOf([...before, ...journal.storedFrames(series.request.seriesKey)]);
    if (series.datasetId !== null) {
      const end: SeriesEndRequest = {
        endedAt: new Date(series.endedMs).toISOString(),
        ending: isSuperseded ? 'superseded' : 'timeout',
        framesReceived: rangeLength(stored),
        missing: gapsBetween(stored).slice(0, 10_000),
        lost: [],
        absentFiles: [],
      };
      await this.calls.end(series.request.stem, series.datasetId, end, this.signal);
    }
    series.state = 'ended';
    this.note(series);
    if (this.current.get(series.stem) === series) this.current.delete(series.stem);
    this.superseded.delete(series);
    this.keepEnded(series);
  }
}
