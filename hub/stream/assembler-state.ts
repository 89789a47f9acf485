import type { SeriesEnding } from '#src/shared/model/states.ts';
import type { StreamImage } from '#src/shared/model/stream.ts';
import type { Arrival } from './series-sink.ts';

/* What the assembler of a stream keeps besides its series. */

export interface AssemblerCounts {
  messages: number;
  bytes: number;
  frames: number;
}

export interface Ending {
  ending: SeriesEnding;
  atMs: number;
}

export interface Held {
  image: StreamImage;
  arrival: Arrival;
  /** It was to be stored before, and a write failed. */
  again: boolean;
}
