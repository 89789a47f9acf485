import { randomUUID } from 'node:crypto';
import type { CbfFile } from '#src/shared/codecs/cbf.ts';
import type { ChunkTable } from '#src/shared/contracts/agent-api.ts';
import type { Acquired, FileDatasetOpenRequest } from '#src/shared/contracts/agent-files.ts';
import { type PathBytes, safePath } from './path-bytes.ts';

/* Series of mini-CBF files: one frame per file, the number at the end of the name. */

export const CBF_CHANNEL = 'default';

export interface FrameName {
  /** Path without number and extension: "lyso/run_1" of "lyso/run_1_0001.cbf". */
  stem: PathBytes;
  number: number;
}

/** Null when the name is not that of a frame of a series. */
export function frameNameOf(path: PathBytes): FrameName | null {
  const found = /^(.*[^/0-9])([0-9]{1,9})\.cbf$/is.exec(path);
  if (!found) return null;
  const stem = found[1]!.replace(/[_.-]+$/, '');
  // A name of digits alone says nothing about what belongs together.
  return stem === '' || stem.endsWith('/') ? null : { stem, number: Number(found[2]) };
}

/** Where the frame lies in its file. */
export function chunkTableOf({ section }: CbfFile, frame: number): ChunkTable {
  const entry = Buffer.alloc(12);
  entry.writeBigUInt64LE(BigInt(section.offset), 0);
  entry.writeUInt32LE(section.sizeBytes, 8);
  return { channel: CBF_CHANNEL, firstFrame: frame, rows: 1, entries: entry.toString('base64') };
}

const KEV = 12.39841984;

/** Angle at which frame 0 starts, degrees; `frame`: which frame the header is of, since files come in any order. */
function firstAngle({ startAngleDeg, angleIncrementDeg }: CbfFile['header'], frame: number): number | null {
  if (startAngleDeg === null || frame === 0) return startAngleDeg;
  if (angleIncrementDeg === null) return null;
  // Headers have four decimals: more would be noise of the floating point.
  return Number((startAngleDeg - frame * angleIncrementDeg).toFixed(6));
}

/** What the server is asked to open, by the header of one of its frames; `acquired`: of the first file seen. */
export function cbfDatasetRequest(
  source: string,
  stem: PathBytes,
  { header, section }: CbfFile,
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
    detector: (header.detector ?? 'CBF files').slice(0, 200),
    detectorSerialNumber: header.serialNumber?.slice(0, 200) ?? null,
    // The header of a frame does not say how many there are.
    framesExpected: null,
    framesPerFile: 1,
    channels: [{ name: CBF_CHANNEL, dtype, shape: [rows, columns], filter }],
    geometry: {
      imageSizeXPx: columns,
      imageSizeYPx: rows,
      pixelSizeXM: header.pixelSizeXM,
      pixelSizeYM: header.pixelSizeYM,
      beamCenterXPx: header.beamXPx,
      beamCenterYPx: header.beamYPx,
      detectorDistanceM: header.detectorDistanceM,
      wavelengthA: header.wavelengthA,
      energyEv: header.wavelengthA === null ? null : (1000 * KEV) / header.wavelengthA,
      frameTimeS: header.exposurePeriodS,
      countTimeS: header.exposureTimeS,
      omegaStartDeg: firstAngle(header, frame),
      omegaIncrementDeg: header.angleIncrementDeg,
      saturationValue: header.countCutoff,
      sensorMaterial: header.sensorMaterial,
      sensorThicknessM: header.sensorThicknessM,
      detectorDescription: header.detector,
      detectorSerialNumber: header.serialNumber,
      thresholdsEv: header.thresholdEv === null ? null : { [CBF_CHANNEL]: header.thresholdEv },
    },
    sampleName: null,
  };
}

/** Whether a frame can be one of the dataset. */
export function isOfDataset({ section }: CbfFile, { channels }: FileDatasetOpenRequest): boolean {
  const [channel] = channels;
  return (
    channel!.dtype === section.dtype &&
    channel!.filter === section.filter &&
    channel!.shape[0] === section.shape[0] &&
    channel!.shape[1] === section.shape[1]
  );
}
