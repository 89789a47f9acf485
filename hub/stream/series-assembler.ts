import { randomUUID } from 'node:crypto';
import { encodeStreamV2Start } from '#src/shared/codecs/stream-v2.ts';
import type { SeriesEnding } from '#src/shared/model/states.ts';
import type {
  StreamEnd,
  StreamImage,
  StreamMessage,
  StreamStart,
  StreamSupplement,
} from '#src/shared/model/stream.ts';
import type { DetectorConfig } from '../agent/detector-config.ts';
import { isFileFault } from '../agent/disk-fault.ts';
import type { ReportLog } from '../agent/report-log.ts';
import type { FrameShow } from '../preview/preview-series.ts';
import type { AssemblerCounts, Ending, Held } from './assembler-state.ts';
import { LastHeard } from './last-heard.ts';
import { sizeOf } from './message-memory.ts';
import { silentStart } from './series-plan.ts';
import type { Arrival, SeriesSink } from './series-sink.ts';
import { SeriesSupplements } from './series-supplements.ts';
import { Silence } from './silence.ts';
import { keepStart } from './start-file.ts';
import { createStreamDecoder, decodeOrTell, type StreamDecoder } from './stream-decoder.ts';
import { StreamSenders } from './stream-senders.ts';
import { StreamSeries } from './stream-series.ts';

/** With several senders an image may come before its start. */
const HOLD_MS = 1000;
const MAX_HELD = 64;
/** Series kept in mind after their end, so that an image that comes later still finds its start (up to 150 MB each). */
const MAX_REMEMBERED = 3;

/** Whether views of the message are still held after it was handled. */
export type MessageUse = 'done' | 'kept';

/**
 * The state machine of one detector's stream: which series is open, what a message means in the order it came. It never
 * throws for what a detector sends; every oddity is reported with its reason and the stream goes on.
 */
export class SeriesAssembler {
  readonly counts: AssemblerCounts = { messages: 0, bytes: 0, frames: 0 };
  /** A message waits for room in the buffer, and its sender with all others: no silence is counted meanwhile. */
  senderWaits = false;
  private readonly detector: DetectorConfig;
  private readonly sink: SeriesSink;
  private readonly reports: ReportLog;
  private readonly previews: FrameShow | undefined;
  private readonly senders: StreamSenders;
  private readonly decoder: StreamDecoder;
  private readonly supplements: SeriesSupplements;
  private readonly series = new Map<string, StreamSeries>();
  private readonly ending = new Map<StreamSeries, Ending>();
  private readonly remembered = new Map<string, StreamSeries>();
  private readonly held: Held[] = [];
  private latest: StreamSeries | null = null;
  private readonly lastHeard: LastHeard;
  private readonly silence = new Silence();
  /** A series that could not be opened yet: its start comes again. */
  private opening: { uniqueId: string; seriesKey: string } | null = null;

  constructor(deps: {
    detector: DetectorConfig;
    sink: SeriesSink;
    reports: ReportLog;
    previews?: FrameShow;
    /** Up to when a former process had read everything, on the clock that is never set; null when none had. */
    readUpToMs: number | null;
  }) {
    this.lastHeard = new LastHeard(deps.readUpToMs);
    this.previews = deps.previews;
    this.detector = deps.detector;
    this.sink = deps.sink;
    this.reports = deps.reports;
    this.senders = new StreamSenders(deps.detector);
    this.decoder = createStreamDecoder(deps.detector.protocol, this.findSeries);
    this.supplements = new SeriesSupplements({
      sink: deps.sink,
      report: ({ level, code, message, seriesKey }) =>
        this.report(level, code, message, seriesKey ?? undefined),
      mayOvertake: deps.detector.metadata !== null,
    });
  }

  /** The series that is open now, the newest when there are two. */
  get current(): StreamSeries | null {
    return this.latest && !this.latest.isEnded ? this.latest : null;
  }

  /**
   * Takes one ZeroMQ message (all its parts). `again` repeats a message after a failed write.
   * Throws only what the file system says. A message that is done with may be overwritten or released.
   */
  handle(parts: readonly Uint8Array[], arrival: Arrival, again = false): MessageUse {
    const message = this.decoded(parts, arrival, again);
    if (message?.type === 'image') return this.takeImage(message, arrival, again);
    if (message?.type === 'start') {
      this.takeStart(message, () => this.decoder.keptStart(message, parts), arrival);
      return 'kept';
    }
    if (message?.type === 'end') this.takeEnd(message, arrival);
    else if (message?.type === 'supplement') this.takeSupplement(message, parts[0]!, arrival.wallMs);
    else if (message) {
      const why = `A message of the unknown type "${message.messageType}" was skipped.`;
      this.report('warn', 'unknown-message-type', why);
    }
    return 'done';
  }

  /** The same for a message of the detector's metadata socket, which brings nothing else. */
  handleSupplement(parts: readonly Uint8Array[], arrival: Arrival, again: boolean): void {
    const message = this.decoded(parts, arrival, again);
    if (message?.type === 'supplement') this.takeSupplement(message, parts[0]!, arrival.wallMs);
    else if (message) {
      const what = `A message of the type "${message.type}" came from the address of the metadata and was skipped`;
      this.problem('no-metadata', `${what}: is it another socket's?`);
    }
  }

  /** Null when it was refused, which was told. */
  private decoded(parts: readonly Uint8Array[], arrival: Arrival, again: boolean): StreamMessage | null {
    if (!again) {
      this.counts.messages++;
      this.counts.bytes += sizeOf(parts);
    }
    this.finishEnded();
    return decodeOrTell(this.decoder, parts, arrival.wallMs, (why) => this.problem('malformed-message', why));
  }

  private problem(code: string, message: string): void {
    this.report('error', code, message);
  }

  private report(level: 'info' | 'warn' | 'error', code: string, message: string, seriesKey?: string): void {
    this.reports.add({ level, code, message, detector: this.detector.name, seriesKey });
  }

  private takeStart(start: StreamStart, kept: () => Uint8Array, arrival: Arrival): void {
    const nowMs = arrival.wallMs;
    this.lastHeard.note(arrival);
    const former = this.remembered.get(start.seriesUniqueId);
    // The start of a sender that had nothing to send but this and its end.
    if (former && start.armDate !== null && this.senders.isEcho(former, start, nowMs)) return;
    const known = this.series.get(start.seriesUniqueId);
    if (known) {
      if (this.senders.isEcho(known, start, nowMs)) return;
      this.problem(
        'second-start',
        `Series ${start.seriesId} was started again without an end; the first is closed.`,
      );
      this.finish(known, 'superseded', nowMs);
    }
    for (const other of this.series.values()) {
      if (this.ending.has(other)) continue;
      this.problem(
        'second-start',
        `Series ${start.seriesId} started while series ${other.start.seriesId} had no end; that one is closed.`,
      );
      if (this.senders.isMany) this.ending.set(other, { ending: 'superseded', atMs: nowMs });
      else this.finish(other, 'superseded', nowMs);
    }
    for (const warning of start.warnings) {
      this.report('warn', 'start-value', `Series ${start.seriesId}: ${warning}; taken as unknown.`);
    }
    const series = this.openSeries(start, kept(), arrival);
    for (const held of this.held.filter(({ image }) => image.seriesUniqueId === start.seriesUniqueId)) {
      this.storeHeld(series, held);
    }
  }

  private openSeries(start: StreamStart, kept: Uint8Array, begun: Arrival): StreamSeries {
    if (this.opening?.uniqueId !== start.seriesUniqueId) {
      this.opening = { uniqueId: start.seriesUniqueId, seriesKey: randomUUID() };
    }
    const { seriesKey } = this.opening;
    const dir = this.sink.seriesStarted({ seriesKey, detector: this.detector.name, begun });
    keepStart(dir, kept);
    const series = new StreamSeries({ seriesKey, dir, start, begun }, this.seriesDeps());
    this.adopt(series);
    this.opening = null;
    return series;
  }

  /** See FindSeries: the newest open one, else one that ended and lacks this image. */
  private readonly findSeries = (seriesId: number, imageId: number | null): string | null => {
    const numbered = (series: StreamSeries) => series.start.seriesId === seriesId;
    const open = [...this.series.values()].findLast(numbered);
    const lacks = (series: StreamSeries) => imageId === null || !series.frames.has(imageId);
    const former = () =>
      [...this.remembered.values()].findLast((series) => numbered(series) && lacks(series));
    return (open ?? former())?.uniqueId ?? null;
  };

  seriesDeps() {
    return {
      sink: this.sink,
      report: (finding: Parameters<ReportLog['add']>[0]) =>
        this.reports.add({ ...finding, detector: this.detector.name }),
      detector: this.detector.name,
      participants: this.detector.splitOver,
      fallbackSerialNumber: this.detector.serialNumber,
      previews: this.previews,
    };
  }

  /** Takes over a series, its own or one of a former process. */
  adopt(series: StreamSeries): void {
    this.series.set(series.uniqueId, series);
    this.latest = series;
  }

  private takeImage(image: StreamImage, arrival: Arrival, again: boolean): MessageUse {
    const known = this.series.get(image.seriesUniqueId);
    const former = this.remembered.get(image.seriesUniqueId);
    if (known) this.store(known, image, arrival, again);
    else if (former) this.imageAfterEnd(former, image, arrival);
    else if (this.senders.isMany && this.held.length < MAX_HELD) {
      this.held.push({ image, arrival: this.lastHeard.widened(arrival), again: false });
      return 'kept';
    } else {
      const series = this.openWithoutStart(image, this.lastHeard.widened(arrival));
      this.store(series, image, arrival, false);
    }
    return 'done';
  }

  private store(series: StreamSeries, image: StreamImage, arrival: Arrival, again: boolean): void {
    this.lastHeard.note(arrival);
    const before = series.frames.count;
    try {
      series.addImage(image, arrival.wallMs, again);
    } finally {
      this.counts.frames += series.frames.count - before;
    }
    if (this.ending.has(series) && this.senders.isOverWhenComplete(series)) this.finishEnding(series);
  }

  private imageAfterEnd(former: StreamSeries, image: StreamImage, arrival: Arrival): void {
    const { seriesId } = former.start;
    if (former.frames.has(image.imageId)) {
      this.report(
        'warn',
        'duplicate-image',
        `Series ${seriesId}: image ${image.imageId} came again after the end.`,
      );
      return;
    }
    this.problem(
      'image-after-end',
      `Series ${seriesId}: image ${image.imageId} came after its end; it goes on as a dataset of its own.`,
    );
    // One acquisition: it began when the first part of it did, whatever was switched since.
    const series = this.openSeries(former.start, encodeStreamV2Start(former.start), former.begun);
    this.remembered.delete(image.seriesUniqueId);
    this.store(series, image, arrival, false);
  }

  /** @param begun in doubt back to what was heard before */
  private openWithoutStart(image: StreamImage, begun: Arrival): StreamSeries {
    this.problem(
      'image-before-start',
      `Series ${image.seriesId} began with image ${image.imageId}: its start was missed, so geometry and name are unknown.`,
    );
    for (const other of this.series.values()) {
      if (!this.ending.has(other) && !this.senders.isMany) this.finish(other, 'superseded', begun.wallMs);
    }
    const start = silentStart({ seriesId: image.seriesId, seriesUniqueId: image.seriesUniqueId });
    return this.openSeries(start, encodeStreamV2Start(start), begun);
  }

  private takeEnd(end: StreamEnd, arrival: Arrival): void {
    const nowMs = arrival.wallMs;
    const series = this.series.get(end.seriesUniqueId);
    if (series) {
      this.lastHeard.note(arrival);
      if (this.senders.noteEnd(series)) this.finish(series, 'end-message', nowMs);
      else if (!this.ending.has(series)) this.ending.set(series, { ending: 'end-message', atMs: nowMs });
      return;
    }
    // Each of several senders says end; the first one was enough.
    if (this.remembered.has(end.seriesUniqueId)) return;
    const held = this.held.find(({ image }) => image.seriesUniqueId === end.seriesUniqueId);
    if (held) {
      this.releaseHeld(Number.POSITIVE_INFINITY);
      this.takeEnd(end, arrival);
      return;
    }
    this.problem('end-without-start', `Series ${end.seriesId} ended, but nothing of it was seen.`);
  }

  private takeSupplement(supplement: StreamSupplement, raw: Uint8Array, nowMs: number): void {
    const { seriesUniqueId: id } = supplement;
    const series = id === null ? this.current : (this.series.get(id) ?? null);
    const isOver = id !== null && this.remembered.has(id);
    this.supplements.take(supplement, raw, { series, isOver }, nowMs);
  }

  /** Series whose end was written half when the buffer was full. */
  private finishEnded(): void {
    for (const series of this.series.values()) {
      if (series.isEnded) this.finish(series, 'end-message', series.lastActivityMs);
    }
  }

  private finishEnding(series: StreamSeries): void {
    const ending = this.ending.get(series);
    if (ending) this.finish(series, ending.ending, ending.atMs);
  }

  private finish(series: StreamSeries, ending: SeriesEnding, nowMs: number): void {
    try {
      series.end(ending, nowMs);
    } catch (error) {
      // A full disk comes to an end; any other fault would come again with every message.
      if (!isFileFault(error)) this.putAside(series);
      throw error;
    }
    this.putAside(series);
  }

  /** Nothing more is expected of it. */
  private putAside(series: StreamSeries): void {
    this.series.delete(series.uniqueId);
    this.ending.delete(series);
    this.remembered.set(series.uniqueId, series);
    if (this.remembered.size > MAX_REMEMBERED) {
      this.remembered.delete(this.remembered.keys().next().value as string);
    }
  }

  /** Stores a held image; it stays held when that fails. */
  private storeHeld(series: StreamSeries, held: Held): void {
    const { image, arrival, again } = held;
    held.again = true;
    this.store(series, image, arrival, again);
    this.held.splice(this.held.indexOf(held), 1);
  }

  private releaseHeld(receivedBeforeMs: number): void {
    for (const held of this.held.filter(({ arrival }) => arrival.wallMs <= receivedBeforeMs)) {
      const { image, arrival } = held;
      this.storeHeld(this.series.get(image.seriesUniqueId) ?? this.openWithoutStart(image, arrival), held);
    }
  }

  /**
   * What time decides: starts and ends that never come. Called about four times a second. Throws the file system's error
   * (ENOSPC); the next call goes on.
   */
  tick(nowMs: number): void {
    this.silence.tick(nowMs, this.series.values(), this.senderWaits);
    if (this.senderWaits) return;
    this.finishEnded();
    for (const series of this.series.values()) series.finishCompleteFiles();
    this.releaseHeld(nowMs - HOLD_MS);
    this.supplements.release((uniqueId) => this.series.get(uniqueId), nowMs);
    for (const series of [...this.series.values()]) {
      const ending = this.ending.get(series);
      const quietMs = nowMs - series.lastActivityMs;
      if (ending) {
        if (nowMs - Math.max(ending.atMs, series.lastActivityMs) >= this.senders.lingerMs(series))
          this.finishEnding(series);
      } else if (quietMs >= this.timeoutMs(series)) this.timeOut(series, nowMs, quietMs);
    }
  }

  private timeoutMs(series: StreamSeries): number {
    const twentyFramesMs = 20_000 * (series.start.frameTimeS ?? 0);
    const least = series.frames.count > 0 ? this.detector.seriesTimeoutMs : this.detector.armedTimeoutMs;
    return Math.max(least, twentyFramesMs);
  }

  private timeOut(series: StreamSeries, nowMs: number, quietMs: number): void {
    const { start, frames } = series;
    const of = series.framesExpected === null ? '' : ` of ${series.framesExpected}`;
    this.report(
      'warn',
      'series-timeout',
      `Series ${start.seriesId} never ended: ${frames.count}${of} images, then nothing for ${Math.round(quietMs / 1000)} s.`,
      series.seriesKey,
    );
    const lostByRestart = series.resumed && !series.isComplete;
    this.finish(series, lostByRestart ? 'agent-restart' : 'timeout', nowMs);
  }

  /** How far open series came, for the journal; called with the heartbeat. */
  noteProgress(): void {
    for (const series of this.series.values()) series.noteProgress();
  }

  /** The process ends: what is open is left for the next one. */
  suspend(): void {
    try {
      this.releaseHeld(Number.POSITIVE_INFINITY);
    } finally {
      for (const series of this.series.values()) series.suspend();
    }
  }
}
