import type { StreamStart } from '#src/shared/model/stream.ts';
import type { DetectorConfig } from '../agent/detector-config.ts';
import type { StreamSeries } from './stream-series.ts';

/** With an unknown number of senders, or metadata on a socket of their own: how long the tail of a series may come after an end. */
const LINGER_MS = 2000;
/** With a known number: how long the last of them may lag behind the first one's end, without any message of the series. */
const LAST_SENDER_MS = 10_000;
/** Starts that do not say when the detector was armed are told from a new series by the time between them. */
const ECHO_MS = 10_000;

/**
 * Sources such as Jungfraujoch split a stream over several sockets: images go to one of them, start and end to each. So
 * messages of one sender overtake those of another, and a start or an end that comes again is no fault.
 */
export class StreamSenders {
  /** Null = not known. */
  private readonly count: number | null;
  private readonly hasMetadata: boolean;
  private readonly ends = new WeakMap<StreamSeries, number>();

  constructor(detector: Pick<DetectorConfig, 'senders' | 'metadata'>) {
    this.count = detector.senders;
    this.hasMetadata = detector.metadata !== null;
  }

  /** More than one, as far as is known. */
  get isMany(): boolean {
    return this.count === null || this.count > 1;
  }

  /** How long a series that one sender ended stays open without further messages. */
  lingerMs(series: StreamSeries): number {
    return this.count === null || this.endsOf(series) >= this.count ? LINGER_MS : LAST_SENDER_MS;
  }

  private endsOf(series: StreamSeries): number {
    return this.ends.get(series) ?? 0;
  }

  /** Whether a start is the one another sender has brought already. */
  isEcho(known: StreamSeries, start: StreamStart, nowMs: number): boolean {
    const { start: first } = known;
    if (!this.isMany || first.armDate !== start.armDate || first.numberOfImages !== start.numberOfImages) {
      return false;
    }
    return start.armDate !== null || nowMs - known.begun.wallMs < ECHO_MS;
  }

  /** Notes an end; true when nothing more can come of the series. */
  noteEnd(series: StreamSeries): boolean {
    const ends = this.endsOf(series) + 1;
    this.ends.set(series, ends);
    if (this.hasMetadata) return false;
    return this.count === null ? series.isComplete : ends >= this.count;
  }

  /** Whether a series that one sender ended is over because all of its frames are here. */
  isOverWhenComplete(series: StreamSeries): boolean {
    return this.count === null && !this.hasMetadata && series.isComplete;
  }
}
