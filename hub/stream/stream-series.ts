import path from 'node:path';
import type { FrameRange } from '#src/shared/contracts/agent-api.ts';
import type { SeriesEnding } from '#src/shared/model/states.ts';
import type { StreamImage, StreamStart } from '#src/shared/model/stream.ts';
import type { Finding } from '../agent/report-log.ts';
import type { ChannelLayout } from '../hdf5/data-file.ts';
import type { FrameShow } from '../preview/preview-series.ts';
import { DataSpoolFile, dataFileName } from './data-spool-file.ts';
import { describeRanges, FrameSet, missingInFiles } from './frame-set.ts';
import {
  arrayFault,
  channelsWithoutImages,
  planChannels,
  planFramesPerFile,
  planOpenRequest,
} from './series-plan.ts';
import type { Arrival, SeriesSink } from './series-sink.ts';

/** A file is closed although frames are missing in it once frames of the file after the next arrive. */
const FILES_BEHIND = 2;
/** An image id further ahead than this many files is taken for garbage: every skipped file is named in the master. */
const MAX_FILES_AHEAD = 10_000;

export interface SeriesDeps {
  sink: SeriesSink;
  report: (finding: Omit<Finding, 'detector'>) => void;
  detector: string;
  /** HUBs that receive parts of the series. */
  participants: number;
  fallbackSerialNumber: string | null;
  /** Makes small pictures of some of the frames. */
  previews?: FrameShow;
}

export interface SeriesOrigin {
  seriesKey: string;
  dir: string;
  start: StreamStart;
  begun: Arrival;
  /** Known when the series is taken over from a former process. */
  channels?: readonly ChannelLayout[];
  framesPerFile?: number;
  framesExpected?: number | null;
}

/**
 * One series from its start to its end: puts image i into file floor(i / N) + 1 whatever the order of arrival, finishes
 * files, knows which frames are missing. Not told about time or other series: that is the assembler's.
 */
export class StreamSeries {
  readonly seriesKey: string;
  readonly start: StreamStart;
  readonly dir: string;
  readonly begun: Arrival;
  readonly framesPerFile: number;
  readonly framesExpected: number | null;
  readonly frames = new FrameSet();
  lastActivityMs: number;
  /** Continues a series of a former process of this agent. */
  resumed = false;
  private imageSinceResume = false;
  private readonly deps: SeriesDeps;
  private channels: readonly ChannelLayout[] | null;
  private readonly open = new Map<number, DataSpoolFile>();
  private readonly finished = new Set<number>();
  private readonly lostFrames: FrameRange[] = [];
  private highestFile = 0;
  /** How it ended; from then on nothing is added. */
  private ending: { ending: SeriesEnding; endedAtMs: number } | null = null;
  private handedOver = false;

  constructor(origin: SeriesOrigin, deps: SeriesDeps) {
    this.seriesKey = origin.seriesKey;
    this.start = origin.start;
    this.dir = origin.dir;
    this.begun = origin.begun;
    this.lastActivityMs = origin.begun.wallMs;
    this.deps = deps;
    this.channels = origin.channels ?? null;
    this.framesPerFile = origin.framesPerFile ?? planFramesPerFile(origin.start);
    const announced = origin.framesExpected ?? origin.start.numberOfImages;
    this.framesExpected = announced !== null && announced > 0 ? announced : null;
  }

  get uniqueId(): string {
    return this.start.seriesUniqueId;
  }

  get isComplete(): boolean {
    return this.framesExpected !== null && this.frames.count >= this.framesExpected;
  }

  private get isSplit(): boolean {
    return this.deps.participants > 1;
  }

  get isEnded(): boolean {
    return this.ending !== null;
  }

  /**
   * Stores one image. Problems are reported and counted, never thrown; what is thrown is the file system's (ENOSPC), and
   * then the same image can be given again with `again`, which takes channels already stored for done.
   */
  addImage(image: StreamImage, receivedAtMs: number, again = false): void {
    this.lastActivityMs = Math.max(this.lastActivityMs, receivedAtMs);
    this.imageSinceResume = true;
    const channels = this.channels ?? this.plan(image);
    if (channels === null || !this.checkId(image)) return;
    const number = Math.floor(image.imageId / this.framesPerFile) + 1;
    const row = image.imageId % this.framesPerFile;
    if (this.finished.has(number)) {
      // Stored the first time, when what failed was to finish a file behind.
      if (again && this.frames.has(image.imageId)) this.finishFilesBehind(number);
      else this.lateImage(image);
      return;
    }
    const file = this.open.get(number) ?? this.openFile(number, channels);
    if (file.hasRow(row) && !again) {
      this.doubledImage(image, file, row, channels);
      return;
    }
    file.noteValues(row, image.values);
    if (!this.storeChannels(image, file, row, channels, receivedAtMs)) return;
    this.frames.add(image.imageId);
    if (file.hasChunk(row, 0)) this.show(image, channels[0]!);
    if (file.framesArrived === this.rowsOf(number)) this.finishFile(number, file);
    this.finishFilesBehind(number);
  }

  private show(image: StreamImage, channel: ChannelLayout): void {
    const { seriesKey, framesExpected, dir } = this;
    const { bytes } = image.channels.get(channel.name) ?? {};
    if (bytes) this.deps.previews?.offer({ seriesKey, channel, framesExpected, dir }, image.imageId, bytes);
  }

  private report(level: Finding['level'], code: string, message: string): void {
    const { seriesId } = this.start;
    this.deps.report({ level, code, message: `Series ${seriesId}: ${message}`, seriesKey: this.seriesKey });
  }

  private plan(image: StreamImage): readonly ChannelLayout[] | null {
    const plan = planChannels(this.start, image);
    if ('fault' in plan) {
      this.report('error', 'wrong-size', `image ${image.imageId} was refused: ${plan.fault}.`);
      return null;
    }
    const unannounced = plan.channels.filter(({ name }) => !this.start.channels.includes(name));
    if (this.start.channels.length > 0 && unannounced.length > 0) {
      this.report(
        'warn',
        'unknown-channel',
        `channels not announced: ${unannounced.map(({ name }) => name).join(', ')}.`,
      );
    }
    this.announce(plan.channels);
    return plan.channels;
  }

  private announce(channels: readonly ChannelLayout[]): void {
    this.channels = channels;
    const { request, nameChanges } = planOpenRequest({
      seriesKey: this.seriesKey,
      detector: this.deps.detector,
      participants: this.deps.participants,
      fallbackSerialNumber: this.deps.fallbackSerialNumber,
      start: this.start,
      channels,
      framesPerFile: this.framesPerFile,
      startedAt: new Date(this.begun.wallMs).toISOString(),
      clockOffsetMs: this.deps.sink.clockOffsetMs(),
    });
    for (const change of nameChanges)
      this.report('warn', 'name-changed', `its file name was made safe: ${change}.`);
    this.deps.sink.seriesPlanned(request);
  }

  private checkId(image: StreamImage): boolean {
    const { imageId } = image;
    const ahead = Math.floor(imageId / this.framesPerFile) - this.highestFile;
    if (imageId >= 2 ** 31 - this.framesPerFile || ahead > MAX_FILES_AHEAD) {
      this.report('error', 'wrong-image-id', `image ${imageId} was refused: far beyond all others.`);
      return false;
    }
    if (this.framesExpected !== null && imageId >= this.framesExpected) {
      this.report(
        'warn',
        'unexpected-image',
        `image ${imageId}, but only ${this.framesExpected} were announced.`,
      );
    }
    return true;
  }

  private storeChannels(
    image: StreamImage,
    file: DataSpoolFile,
    row: number,
    channels: readonly ChannelLayout[],
    receivedAtMs: number,
  ): boolean {
    let stored = 0;
    let known = 0;
    for (let channel = 0; channel < channels.length; channel++) {
      const layout = channels[channel]!;
      const array = image.channels.get(layout.name);
      if (array === undefined) {
        this.report('warn', 'missing-channel', `image ${image.imageId} has no channel ${layout.name}.`);
        continue;
      }
      known++;
      const fault = arrayFault(array, layout);
      if (fault !== null) {
        this.report(
          'error',
          'wrong-size',
          `image ${image.imageId}, channel ${layout.name} was refused: ${fault}.`,
        );
        continue;
      }
      stored++;
      if (file.hasChunk(row, channel)) continue;
      file.append(row, channel, array.bytes, receivedAtMs);
      this.deps.sink.fileGrew(file, array.bytes);
    }
    if (known < image.channels.size) {
      const names = [...image.channels.keys()].filter(
        (name) => !channels.some((layout) => layout.name === name),
      );
      this.report(
        'warn',
        'unknown-channel',
        `image ${image.imageId} has unannounced channels: ${names.join(', ')}.`,
      );
    }
    return stored > 0;
  }

  /** The first of two images with one id stays; whether the second differs is told while the first can still be read. */
  private doubledImage(
    image: StreamImage,
    file: DataSpoolFile,
    row: number,
    channels: readonly ChannelLayout[],
  ): void {
    const differs = channels.some((layout, channel) => {
      const bytes = image.channels.get(layout.name)?.bytes;
      const stored = file.read(row, channel);
      return bytes !== undefined && stored !== null && Buffer.compare(stored, bytes) !== 0;
    });
    const verdict = differs ? 'its pixels DIFFER from the first' : 'it is identical to the first';
    this.report(
      differs ? 'error' : 'warn',
      differs ? 'duplicate-image-differs' : 'duplicate-image',
      `image ${image.imageId} came twice; the first was kept, ${verdict}.`,
    );
  }

  private lateImage(image: StreamImage): void {
    if (this.frames.has(image.imageId)) {
      this.report('warn', 'duplicate-image', `image ${image.imageId} came twice; the first was kept.`);
      return;
    }
    this.addLost([image.imageId, image.imageId]);
    this.report('error', 'late-image', `image ${image.imageId} came after its file was closed and is lost.`);
  }

  private openFile(number: number, channels: readonly ChannelLayout[]): DataSpoolFile {
    const { seriesKey, framesPerFile } = this;
    const wanted = path.join(this.dir, dataFileName(number));
    const opening = this.deps.sink.fileOpening({ seriesKey, number, path: wanted });
    const file = DataSpoolFile.create(
      {
        clientId: opening.clientId,
        seriesKey,
        number,
        path: opening.path,
        channels,
        framesPerFile,
      },
      opening.used,
    );
    this.adoptFile(file);
    this.deps.sink.fileOpened(file);
    return file;
  }

  private adoptFile(file: DataSpoolFile): void {
    this.open.set(file.number, file);
    this.highestFile = Math.max(this.highestFile, file.number);
  }

  /** A file a former process left growing. */
  resumeFile(file: DataSpoolFile): void {
    this.adoptFile(file);
    for (const frame of file.frames()) this.frames.add(frame);
  }

  /** Finishes files of which everything is here but that could not be finished yet. Throws the file system's error. */
  finishCompleteFiles(): void {
    for (const [number, file] of this.open) {
      if (file.framesArrived === this.rowsOf(number)) this.finishFile(number, file);
    }
  }

  /** A file a former process finished, with the image ids it lacks. */
  resumeFinishedFile(number: number, rows: number, absent: readonly FrameRange[]): void {
    this.finished.add(number);
    this.highestFile = Math.max(this.highestFile, number);
    const first = (number - 1) * this.framesPerFile;
    const lacks = (frame: number) => absent.some(([from, to]) => frame >= from && frame <= to);
    for (let frame = first; frame < first + rows; frame++) if (!lacks(frame)) this.frames.add(frame);
  }

  /** Frames that a former process had and that are gone (memory file system after a reboot). */
  addLost(range: FrameRange): void {
    this.lostFrames.push(range);
    for (let frame = range[0]; frame <= range[1]; frame++) this.frames.add(frame);
  }

  /** Rows that file `number` will have when everything arrives. */
  private rowsOf(number: number): number {
    if (this.framesExpected === null) return this.framesPerFile;
    const first = (number - 1) * this.framesPerFile;
    const announced = this.framesExpected - first;
    return announced > 0 ? Math.min(this.framesPerFile, announced) : this.framesPerFile;
  }

  private finishFilesBehind(number: number): void {
    if (this.open.size <= FILES_BEHIND) return;
    for (const [behind, file] of this.open) {
      if (behind <= number - FILES_BEHIND) this.finishFile(behind, file);
    }
  }

  private finishFile(number: number, file: DataSpoolFile): void {
    // Another HUB of a split series may have a later file: all but the announced last are of full length.
    const isLast = this.isEnded && !this.isSplit && number === this.highestFile;
    // At least one row, which is absent when nothing that came for the file could be stored.
    const rows = Math.max(1, file.rows, isLast ? 0 : this.rowsOf(number));
    file.finish(rows);
    this.open.delete(number);
    this.finished.add(number);
    this.deps.sink.fileFinished(file, rows);
  }

  noteProgress(): void {
    this.deps.sink.seriesProgress(this.seriesKey, this.frames.count, this.frames.last);
  }

  /**
   * Finishes every open file and hands over the balance of frames. Throws the file system's error (ENOSPC); called again it
   * goes on where it stopped, and what it was told first counts.
   */
  end(wanted: SeriesEnding, wantedAtMs: number): void {
    if (this.handedOver) return;
    this.ending ??= { ending: wanted, endedAtMs: wantedAtMs };
    const { ending, endedAtMs } = this.ending;
    if (this.channels === null) this.announce(channelsWithoutImages(this.start));
    for (const [number, file] of [...this.open].sort(([a], [b]) => a - b)) this.finishFile(number, file);
    this.handedOver = true;
    const missing = this.isSplit
      ? missingInFiles(this.frames, this.finished, this.framesPerFile)
      : this.frames.missing(this.framesToAccountFor());
    if (missing.length > 0) {
      this.report('warn', 'missing-image', `images ${describeRanges(missing)} never arrived.`);
    }
    this.deps.sink.seriesEnded(this.seriesKey, {
      endedAt: new Date(endedAtMs).toISOString(),
      ending,
      framesReceived: this.frames.count,
      lastFrame: this.frames.last,
      missing,
      lost: this.lostFrames,
    });
  }

  /**
   * Announced frames after the last one that came were never taken (an abort), which is the server's "stopped". Unless a process died
   * with messages in its socket: when no image came since, those frames may have been among them, so all announced ones are named.
   */
  private framesToAccountFor(): number {
    const arrived = this.frames.last + 1;
    const tailUnknown = this.resumed && !this.imageSinceResume;
    return tailUnknown ? Math.max(arrived, this.framesExpected ?? 0) : arrived;
  }

  /** Leaves growing files as they are, for the next process. */
  suspend(): void {
    this.noteProgress();
    for (const file of this.open.values()) file.close();
  }
}
