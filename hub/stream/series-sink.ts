import type { FrameRange, SeriesOpenRequest } from '#src/shared/contracts/agent-api.ts';
import type { SeriesEnding } from '#src/shared/model/states.ts';
import type { ClockMark } from '../agent/clock-offset.ts';
import type { DataSpoolFile } from './data-spool-file.ts';
import type { SupplementFile } from './supplement-files.ts';

/** When a message was read. */
export interface Arrival extends ClockMark {
  /** What it tells may have been as much earlier. */
  waitedMs: number;
}

export interface SeriesEnd {
  endedAt: string;
  ending: SeriesEnding;
  framesReceived: number;
  /** Highest image id that arrived; −1 when none did. */
  lastFrame: number;
  missing: FrameRange[];
  lost: FrameRange[];
}

export interface OpeningFile {
  clientId: string;
  path: string;
  used: boolean;
}

/**
 * Who takes over what a detector's stream becomes: the agent's engine. Called synchronously, in this order per series;
 * each call makes durable what it is told before it returns, because the next frame may be written right after.
 */
export interface SeriesSink {
  /** Notes the series and returns the folder for its files, which exists then. */
  seriesStarted(series: { seriesKey: string; detector: string; begun: Arrival }): string;
  /** The layout of the images is known: the server can be asked. */
  seriesPlanned(request: SeriesOpenRequest): void;
  /**
   * Before the file is made: its path is the one wanted, or where there is more room. `used`: an old file lies there to be
   * overwritten.
   */
  fileOpening(file: { seriesKey: string; number: number; path: string }): OpeningFile;
  fileOpened(file: DataSpoolFile): void;
  /** `bytes` were appended; they are not to be held. */
  fileGrew(file: DataSpoolFile, bytes: Uint8Array): void;
  /** Its head is written with this many rows. */
  fileFinished(file: DataSpoolFile, rows: number): void;
  /** Number of the next message that is kept whole, from 1. */
  nextSupplement(seriesKey: string): number;
  /** A message besides start, images and end lies whole in the series' folder. */
  supplementKept(seriesKey: string, file: SupplementFile): void;
  seriesProgress(seriesKey: string, framesReceived: number, lastFrame: number): void;
  seriesEnded(seriesKey: string, end: SeriesEnd): void;
  clockOffsetMs(): number;
}
