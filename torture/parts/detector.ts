import { MessageSender } from '#hub/simulator/message-sender.ts';
import { sendFrames, ToldSeries, type ToldSeriesOptions } from '#hub/testing/told-series.ts';
import type { Ledger, SeriesEntry } from '../judge/ledger.ts';

const SERIES_TIMEOUT_S = 6;

export interface HandOver {
  places: readonly string[];
  /** Called before each frame; may do harm. */
  before?: (frame: number) => void | Promise<void>;
  /** Frames that are sent; all when left out. The end message follows the last, unless `end` is false. */
  to?: number;
  end?: boolean;
}

/** A detector in front of a HUB: a PUSH socket whose every frame is noted in the ledger before it is sent. */
export class Detector {
  readonly name: string;
  readonly sender: MessageSender;
  private readonly ledger: Ledger;

  private constructor(name: string, sender: MessageSender, ledger: Ledger) {
    this.name = name;
    this.sender = sender;
    this.ledger = ledger;
  }

  static async open(name: string, ledger: Ledger, endpoint = 'tcp://127.0.0.1:*'): Promise<Detector> {
    const sender = await MessageSender.bind({
      endpoint,
      queueMessages: 8,
      lingerMs: 0,
      onWaiting: () => undefined,
    });
    return new Detector(name, sender, ledger);
  }

  get endpoint(): string {
    return this.sender.address;
  }

  /** Its table of hub.toml. */
  toml(): string {
    return [
      '[[detector]]',
      `name = "${this.name}"`,
      'protocol = "stream-v2"',
      'mode = "connect"',
      `endpoints = ["${this.endpoint}"]`,
      `series_timeout_s = ${SERIES_TIMEOUT_S}`,
      `armed_timeout_s = ${SERIES_TIMEOUT_S}`,
    ].join('\n');
  }

  /** Notes and sends a series. Returns what the ledger says of it. */
  async handOver(series: ToldSeries, how: HandOver): Promise<SeriesEntry> {
    const entry = this.ledger.beginSeries(series, how.places);
    await this.sender.send(series.start());
    await sendFrames(this.sender, series, { from: 0, to: how.to ?? series.frames }, async (frame) => {
      await how.before?.(frame);
      for (const channel of series.channels)
        this.ledger.frame(entry, channel, frame, series.fingerprintsOf(channel)[frame]!);
    });
    if (how.end ?? true) await this.sender.send(series.end());
    return entry;
  }

  close(): void {
    this.sender.stop();
    this.sender.close();
  }
}

/** A series with small frames, for cases in which their number counts and not their size. */
export const smallSeries = (prefix: string, options: Partial<ToldSeriesOptions> = {}): ToldSeries =>
  new ToldSeries({ prefix, frames: 100, rateHz: 40, size: 96, ...options });
