import type { Channel } from '#src/shared/contracts/geometry.ts';

/** The channel that is shown; [rows, columns]. */
export type ShownChannel = Omit<Channel, 'shape'> & { readonly shape: readonly [number, number] };

/** What is known of a series whose frames are shown. */
export interface PreviewSeries {
  seriesKey: string;
  channel: ShownChannel;
  /** null = the source did not say */
  framesExpected: number | null;
  /** Folder in the spool with the start message, from which the pixel mask is read; null = none. */
  dir: string | null;
}

/** Where received frames may be shown. */
export interface FrameShow {
  /**
   * Costs next to nothing for a frame that is not taken.
   * @param bytes the encoded frame of the shown channel; only looked at during the call
   */
  offer(series: PreviewSeries, frame: number, bytes: Uint8Array): void;
}
