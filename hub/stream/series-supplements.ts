import type { StreamSupplement } from '#src/shared/model/stream.ts';
import type { Finding } from '../agent/report-log.ts';
import type { SeriesSink } from './series-sink.ts';
import type { StreamSeries } from './stream-series.ts';
import { keepSupplement, MAX_SUPPLEMENTS } from './supplement-files.ts';

/** What came before its start waits in memory up to both limits. */
const MAX_EARLY = 64;
const MAX_EARLY_BYTES = 64 * 1024 * 1024;

interface Early {
  supplement: StreamSupplement;
  raw: Uint8Array;
}

/**
 * Messages besides start, images and end, kept whole with their series. Those on a socket of their own may overtake the start of their
 * series, which waits in the socket of the images when the buffer is full: they wait until it is open.
 */
export class SeriesSupplements {
  private readonly sink: SeriesSink;
  private readonly report: (finding: Omit<Finding, 'detector'>) => void;
  /** Whether they have a socket of their own. */
  private readonly mayOvertake: boolean;
  private early: Early[] = [];

  constructor(deps: {
    sink: SeriesSink;
    report: (finding: Omit<Finding, 'detector'>) => void;
    mayOvertake: boolean;
  }) {
    this.sink = deps.sink;
    this.report = deps.report;
    this.mayOvertake = deps.mayOvertake;
  }

  /**
   * Throws the file system's error (ENOSPC), and can be called again then.
   * @param whose its series when that is open; `isOver`: it has ended
   */
  take(
    supplement: StreamSupplement,
    raw: Uint8Array,
    { series, isOver }: { series: StreamSeries | null; isOver: boolean },
    nowMs: number,
  ): void {
    if (series) this.keep(series, supplement, raw, nowMs);
    else if (this.mayOvertake && supplement.seriesUniqueId !== null && !isOver)
      this.holdEarly({ supplement, raw });
    else this.reportUnkept(supplement, raw);
  }

  private keep(series: StreamSeries, { kind }: StreamSupplement, raw: Uint8Array, nowMs: number): void {
    series.lastActivityMs = Math.max(series.lastActivityMs, nowMs);
    const { seriesKey } = series;
    const number = this.sink.nextSupplement(seriesKey);
    if (number > MAX_SUPPLEMENTS) {
      const message = `Series ${series.start.seriesId}: a ${kind} message was not kept, there are too many.`;
      this.report({ level: 'error', code: 'supplement-limit', message, seriesKey });
    } else this.sink.supplementKept(seriesKey, keepSupplement(series.dir, kind, number, raw));
  }

  private holdEarly(early: Early): void {
    this.early.push(early);
    const isTooMuch = () =>
      this.early.length > MAX_EARLY ||
      this.early.reduce((bytes, { raw }) => bytes + raw.length, 0) > MAX_EARLY_BYTES;
    while (isTooMuch()) {
      const oldest = this.early.shift()!;
      this.reportUnkept(oldest.supplement, oldest.raw);
    }
  }

  private reportUnkept({ kind }: StreamSupplement, raw: Uint8Array): void {
    this.report({
      level: 'error',
      code: 'supplement-without-series',
      message: `A ${kind} message of ${raw.length} bytes came while its series was not open and was not kept.`,
    });
  }

  /** Keeps what came before its series was open. Throws as `take` does, and goes on when it is called again. */
  release(seriesOf: (uniqueId: string) => StreamSeries | undefined, nowMs: number): void {
    for (const one of [...this.early]) {
      const series = seriesOf(one.supplement.seriesUniqueId!);
      if (!series) continue;
      this.keep(series, one.supplement, one.raw, nowMs);
      this.early.splice(this.early.indexOf(one), 1);
    }
  }
}
