import { MessageSender } from '#hub/simulator/message-sender.ts';
import { sendFrames, ToldSeries, type ToldSeriesOptions } from '#hub/testing/told-series.ts';
import type { FrameRange } from '#src/shared/contracts/agent-api.ts';
import type { Ledger, SeriesEntry } from '../judge/ledger.ts';
import type { Fate, HandedOver, HandOver, Source } from './source.ts';

const SERIES_TIMEOUT_S = 6;
/**
 * Frames of 512 × 512 pixels that may stand in the queues of a connection when its receiver is killed: 8 messages at the sender, 16 at the
 * receiver, a few megabytes in the kernel, at 260 kB each.
 */
export const MOST_QUEUED = 60;

export interface DetectorSettings {
  /** So long without a message is the end of a series that is armed or under way. */
  seriesTimeoutS?: number;
}

/** How messages get from a detector to a HUB. */
export interface DetectorLine {
  /** What hub.toml says about it beside the name and the protocol. */
  toml: readonly string[];
  /** Resolves when the message is on its way. */
  send(message: Uint8Array): Promise<void>;
  close(): void;
}

/** A detector in front of a HUB: a PUSH socket whose every frame is noted in the ledger before it is sent. */
export class Detector implements Source {
  readonly name: string;
  private readonly ledger: Ledger;
  private readonly line: DetectorLine;
  private readonly seriesTimeoutS: number;

  private constructor(name: string, ledger: Ledger, line: DetectorLine, settings: DetectorSettings = {}) {
    this.name = name;
    this.ledger = ledger;
    this.line = line;
    this.seriesTimeoutS = settings.seriesTimeoutS ?? SERIES_TIMEOUT_S;
  }

  /** One that listens on this machine, as most do. */
  static async open(name: string, ledger: Ledger, settings?: DetectorSettings): Promise<Detector> {
    const sender = await MessageSender.bind({
      endpoint: 'tcp://127.0.0.1:*',
      queueMessages: 8,
      lingerMs: 0,
      onWaiting: () => undefined,
    });
    const line: DetectorLine = {
      toml: ['mode = "connect"', `endpoints = ["${sender.address}"]`],
      send: (message) => sender.send(message),
      close() {
        sender.stop();
        sender.close();
      },
    };
    return new Detector(name, ledger, line, settings);
  }

  static over(name: string, ledger: Ledger, line: DetectorLine): Detector {
    return new Detector(name, ledger, line);
  }

  /** Its table of hub.toml. */
  toml(): string {
    return [
      '[[detector]]',
      `name = "${this.name}"`,
      'protocol = "stream-v2"',
      ...this.line.toml,
      `series_timeout_s = ${this.seriesTimeoutS}`,
      `armed_timeout_s = ${this.seriesTimeoutS}`,
    ].join('\n');
  }

  send(message: Uint8Array): Promise<void> {
    return this.line.send(message);
  }

  /** Notes and sends a series. */
  async handOver(series: ToldSeries, how: HandOver): Promise<HandedOver> {
    const begun = await this.arm(series, how.places);
    await begun.measure({ from: 0, to: how.to ?? series.frames, before: how.before });
    if (how.end ?? true) await this.send(series.end());
    return begun;
  }

  /** Notes a series and sends its start. Resolves when the start is on its way. */
  async arm(series: ToldSeries, places: readonly string[]): Promise<BegunSeries> {
    const entry = this.ledger.beginSeries(series, places);
    await this.send(series.start());
    return new BegunSeries(this, this.ledger, series, entry);
  }

  close(): void {
    this.line.close();
  }
}

/** Frames of a series that are sent. */
interface Measured {
  from: number;
  to: number;
  /** Called before each frame; may do harm. */
  before?: HandOver['before'];
}

/** A series whose start is on its way. */
class BegunSeries implements HandedOver {
  readonly seriesUniqueId: string;
  private readonly detector: Detector;
  private readonly ledger: Ledger;
  private readonly series: ToldSeries;
  private readonly entry: SeriesEntry;

  constructor(detector: Detector, ledger: Ledger, series: ToldSeries, entry: SeriesEntry) {
    this.seriesUniqueId = series.seriesUniqueId;
    this.detector = detector;
    this.ledger = ledger;
    this.series = series;
    this.entry = entry;
  }

  /** Notes and sends frames, at the rate of the series. */
  async measure({ from, to, before }: Measured): Promise<void> {
    await sendFrames(this.detector, this.series, { from, to }, async (frame) => {
      await before?.(frame);
      for (const channel of this.series.channels)
        this.ledger.frame(this.entry, channel, frame, this.series.fingerprintsOf(channel)[frame]!);
    });
  }

  end(): Promise<void> {
    return this.detector.send(this.series.end());
  }

  set fate(fate: Fate) {
    this.entry.fate = fate;
  }

  mayLack(range: FrameRange): void {
    this.ledger.mayLack(this.entry, range);
  }
}

/** A series with small frames, for cases in which their number counts and not their size. */
export const smallSeries = (prefix: string, options: Partial<ToldSeriesOptions> = {}): ToldSeries =>
  new ToldSeries({ prefix, frames: 100, rateHz: 40, size: 96, ...options });
