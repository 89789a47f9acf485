import type { FrameRange } from './frame-range.ts';

/**
 * Frame tables, as agents send them, the database keeps them and viewers read them: rows × (u64 LE offset, u32 LE size)
 * of the compressed chunk in its file; size 0 = the frame never came.
 */
export const FRAME_ENTRY_BYTES = 12;

export interface FrameFile {
  fileId: string;
  url: string;
  /** 0-based image id of the first row. */
  firstFrame: number;
  rows: number;
  /** base64 of the table. */
  entries: string;
}

/** Frames that are there and lack this channel, which others of the dataset have; 0-based ranges in order. */
export interface ChannelGap {
  channel: string;
  frames: FrameRange[];
}
