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

  private constructor(name: string, ledger: Ledger, line: DetectorLine) {
    this.name = name;
    this.ledger = ledger;
    this.line = line;
  }

  /** One that listens on this machine, as most do. */
  static async open(name: string, ledger: Ledger): Promise<Detector> {
    const sender = await MessageSender.bind({
      endpoint: 'tcp://127.0.0.1:*',
      queueMessages: 8,
      lingerMs: 0,
      onWaiting: () => undefined,
    });
    return new Detector(name, ledger, {
      toml: ['mode = "connect"', `endpoints = ["${sender.address}"]`],
      send: (message) => sender.send(message),
      close() {
        sender.stop();
        sender.close();
      },
    });
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
      `series_timeout_s = ${SERIES_TIMEOUT_S}`,
      `armed_timeout_s = ${SERIES_TIMEOUT_S}`,
    ].join('\n');
  }

  send(message: Uint8Array): Promise<void> {
    return this.line.send(message);
  }

  /** Notes and sends a series. */
  async handOver(series: ToldSeries, how: HandOver): Promise<HandedOver> {
    const entry = this.ledger.beginSeries(series, how.places);
    await this.send(series.start());
    await sendFrames(this, series, { from: 0, to: how.to ?? series.frames }, async (frame) => {
      await how.before?.(frame);
      for (const channel of series.channels)
        this.ledger.frame(entry, channel, frame, series.fingerprintsOf(channel)[frame]!);
    });
    if (how.end ?? true) await this.send(series.end());
    return new HandedSeries(this.ledger, entry);
  }

  close(): void {
    this.line.close();
  }
}

class HandedSeries implements HandedOver {
  private readonly ledger: Ledger;
  private readonly entry: SeriesEntry;

  constructor(ledger: Ledger, entry: SeriesEntry) {
    this.ledger = ledger;
    this.entry = entry;
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
