import { randomUUID } from 'node:crypto';
import { geometryOfHeader } from '#src/shared/codecs/frame-geometry.ts';
import type { ChunkTable } from '#src/shared/contracts/agent-api.ts';
import type { Acquired, FileDatasetOpenRequest } from '#src/shared/contracts/agent-files.ts';
import type { FrameFile } from './frame-file.ts';
import { type PathBytes, safePath } from './path-bytes.ts';

/* Series of mini-CBF or TIFF files: one frame per file, the number at the end of the name. */

export const CBF_CHANNEL = 'default';

export interface FrameName {
  /** Path without number and extension: "lyso/run_1" of "lyso/run_1_0001.cbf". */
  stem: PathBytes;
  number: number;
  kind: 'cbf' | 'tiff';
}

/** Null when the name is not that of a frame of a series. */
export function frameNameOf(path: PathBytes): FrameName | null {
  const found = /^(.*[^/0-9])([0-9]{1,9})\.(cbf|tiff?)$/is.exec(path);
  if (!found) return null;
  const kind = found[3]!.toLowerCase() === 'cbf' ? 'cbf' : 'tiff';
  const stem = found[1]!.replace(/[_.-]+$/, '');
  // A name of digits alone says nothing about what belongs together.
  return stem === '' || stem.endsWith('/') ? null : { stem, number: Number(found[2]), kind };
}

/** Where the frame lies in its file. */
export function chunkTableOf({ section }: FrameFile, frame: number): ChunkTable {
  const entry = Buffer.alloc(12);
  entry.writeBigUInt64LE(BigInt(section.offset), 0);
  entry.writeUInt32LE(section.sizeBytes, 8);
  return { channel: CBF_CHANNEL, firstFrame: frame, rows: 1, entries: entry.toString('base64') };
}

/** What the server is asked to open, by the header of one of its frames; `acquired`: of the first file seen. */
export function cbfDatasetRequest(
  source: string,
  stem: PathBytes,
  { header, section }: FrameFile,
  frame: number,
  acquired: Acquired,
): FileDatasetOpenRequest {
  const { dtype, shape, filter } = section;
  const [rows, columns] = shape;
  return {
    seriesKey: randomUUID(),
    kind: 'cbf-series',
    source,
    stem: safePath(stem),
    acquired,
    detector: (header.detector ?? (filter === 'tiff' ? 'TIFF files' : 'CBF files')).slice(0, 200),
    detectorSerialNumber: header.serialNumber?.slice(0, 200) ?? null,
    // The header of a frame does not say how many there are.
    framesExpected: null,
    framesPerFile: 1,
    channels: [{ name: CBF_CHANNEL, dtype, shape: [rows, columns], filter }],
    geometry: geometryOfHeader(header, shape, { frame, channel: CBF_CHANNEL }),
    sampleName: null,
  };
}

/** Whether a frame can be one of the dataset. */
export function isOfDataset({ section }: FrameFile, { channels }: FileDatasetOpenRequest): boolean {
  const [channel] = channels;
  return (
    channel!.dtype === section.dtype &&
    channel!.filter === section.filter &&
    channel!.shape[0] === section.shape[0] &&
    channel!.shape[1] === section.shape[1]
  );
}
