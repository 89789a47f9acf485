import { FRAME_ENTRY_BYTES, type FrameFile } from '#src/shared/contracts/frame-index.ts';

export interface FrameLocation {
  url: string;
  offset: number;
  sizeBytes: number;
}

interface LocatedFile {
  firstFrame: number;
  rows: number;
  url: string;
  entries: DataView;
}

function bytesOfBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Finds the bytes of a frame. Frames are 0-based image ids; files may have gaps between and inside them. */
export class FrameLocator {
  private readonly files: LocatedFile[];

  constructor(files: readonly FrameFile[]) {
    this.files = files
      .map((file) => {
        const bytes = bytesOfBase64(file.entries);
        if (bytes.length !== file.rows * FRAME_ENTRY_BYTES) {
          throw new Error(
            `the frame table of file ${file.fileId} has ${bytes.length} bytes for ${file.rows} frames`,
          );
        }
        return {
          firstFrame: file.firstFrame,
          rows: file.rows,
          url: file.url,
          entries: new DataView(bytes.buffer),
        };
      })
      .sort((a, b) => a.firstFrame - b.firstFrame);
  }

  /** One past the last frame that is stored; 0 when none is. */
  get end(): number {
    for (let f = this.files.length - 1; f >= 0; f--) {
      const file = this.files[f]!;
      for (let row = file.rows - 1; row >= 0; row--) {
        if (file.entries.getUint32(row * FRAME_ENTRY_BYTES + 8, true) > 0) return file.firstFrame + row + 1;
      }
    }
    return 0;
  }

  /** Null when the frame is not stored (not yet, or never received). */
  locate(frame: number): FrameLocation | null {
    let low = 0;
    let high = this.files.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const file = this.files[middle]!;
      if (frame < file.firstFrame) high = middle - 1;
      else if (frame >= file.firstFrame + file.rows) low = middle + 1;
      else {
        const at = (frame - file.firstFrame) * FRAME_ENTRY_BYTES;
        const sizeBytes = file.entries.getUint32(at + 8, true);
        if (sizeBytes === 0) return null;
        return { url: file.url, offset: Number(file.entries.getBigUint64(at, true)), sizeBytes };
      }
    }
    return null;
  }
}
