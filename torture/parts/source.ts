import type { ToldSeries } from '#hub/testing/told-series.ts';
import type { FrameRange } from '#src/shared/contracts/agent-api.ts';

/** stored; held by a switch; not to be sent after all, and the cockpit says so. */
export type Fate = 'stored' | 'held' | 'given-up';

export interface HandOver {
  places: readonly string[];
  /** Called before each frame; may do harm. */
  before?: (frame: number) => void | Promise<void>;
  /** Frames that are handed over; all when left out. The end of a stream follows the last, unless `end` is false. */
  to?: number;
  end?: boolean;
}

/** A series that was handed over, as the ledger has it. */
export interface HandedOver {
  set fate(fate: Fate);
  /** Frames that may be missing as long as they are named: they stood in the queues of a socket whose receiver was killed. */
  mayLack(range: FrameRange): void;
}

/** What brings series to an agent: a detector that streams to a HUB, or a program that writes files into a folder. */
export interface Source {
  /** Its table of the agent's configuration; empty when it needs none. */
  toml(): string;
  handOver(series: ToldSeries, how: HandOver): Promise<HandedOver>;
  close(): void;
}
