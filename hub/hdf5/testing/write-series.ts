import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDataFileHead, type ChunkEntry, dataFileHeadBytes } from '../data-file.ts';
import { encodeGapChunk } from '../gap-chunk.ts';
import { buildMaster, type StoredMask } from '../master-file.ts';
import type { MasterDataFile, MasterInput } from '../master-input.ts';

/** A whole series for tests: `frames[i][c]` is the chunk of image i and channel c, undefined if it never arrived. */
export interface TestSeries {
  prefix: string;
  frames: readonly (readonly (Uint8Array | undefined)[])[];
  master: Omit<MasterInput, 'fileName' | 'dataFiles' | 'imagesReceived'>;
  /** Point missing frames at a gap chunk instead of leaving them without one. */
  fillGaps?: boolean;
}

export interface WrittenSeries {
  masterPath: string;
  masterBytes: Uint8Array;
  dataPaths: string[];
  masks: StoredMask[];
}

/** Writes the files as a hub would: chunks behind the head in order of arrival (here: last frame first), head last. */
export function writeSeries(folder: string, series: TestSeries): WrittenSeries {
  mkdirSync(folder, { recursive: true });
  const { framesPerFile } = series.master;
  const dataFiles: MasterDataFile[] = [];
  const dataPaths: string[] = [];
  for (let first = 0; first < series.frames.length; first += framesPerFile) {
    const frames = series.frames.slice(first, first + framesPerFile);
    const fileName = `${series.prefix}_data_${String(dataFiles.length + 1).padStart(6, '0')}.h5`;
    const path = join(folder, fileName);
    writeFileSync(path, dataFileBytes(series, frames, first + 1));
    dataFiles.push({ fileName, firstImage: first + 1, frames: frames.length });
    dataPaths.push(path);
  }
  const fileName = `${series.prefix}_master.h5`;
  const imagesReceived = series.frames.filter((chunks) => chunks[0] !== undefined).length;
  const { bytes, masks } = buildMaster({ ...series.master, fileName, dataFiles, imagesReceived });
  const masterPath = join(folder, fileName);
  writeFileSync(masterPath, bytes);
  return { masterPath, masterBytes: bytes, dataPaths, masks };
}

function dataFileBytes(
  series: TestSeries,
  frames: TestSeries['frames'],
  firstImageNumber: number,
): Uint8Array {
  const { channels, framesPerFile } = series.master;
  const headBytes = dataFileHeadBytes(channels, framesPerFile);
  const chunks: ChunkEntry[] = [];
  const parts: Uint8Array[] = [];
  let offset = headBytes;
  for (const [frame, perChannel] of [...frames.entries()].reverse()) {
    for (const [channel, bytes] of perChannel.entries()) {
      if (bytes === undefined) continue;
      chunks.push({ frame, channel, offset, sizeBytes: bytes.length });
      parts.push(bytes);
      offset += bytes.length;
    }
  }
  if (series.fillGaps) {
    for (const [channel, layout] of channels.entries()) {
      const missing = [...frames.keys()].filter((frame) => frames[frame]![channel] === undefined);
      if (missing.length === 0) continue;
      const gap = encodeGapChunk(layout);
      for (const frame of missing) chunks.push({ frame, channel, offset, sizeBytes: gap.length });
      parts.push(gap);
      offset += gap.length;
    }
  }
  const head = buildDataFileHead({
    channels,
    framesPerFile,
    frames: frames.length,
    firstImageNumber,
    chunks,
    fileBytes: offset,
  });
  return Buffer.concat([head, ...parts]);
}
