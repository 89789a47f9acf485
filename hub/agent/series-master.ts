import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import type { MaskLocation } from '#src/shared/contracts/agent-api.ts';
import type { StreamImageArray, StreamStart } from '#src/shared/model/stream.ts';
import { type ChannelLayout, channelLayouts } from '../hdf5/data-file.ts';
import { buildMaster } from '../hdf5/master-file.ts';
import { masterInputFromStream } from '../hdf5/master-from-stream.ts';
import type { MasterDataFile } from '../hdf5/master-input.ts';
import type { FileRow, SeriesRow } from './journal.ts';

/** Name of a file of the series beside its base: `_data_000001.h5`, `_master.h5`. */
export function fileSuffix(kind: 'data' | 'master', number: number): string {
  return kind === 'master' ? '_master.h5' : `_data_${String(number).padStart(6, '0')}.h5`;
}

/** The start message kept in the series' spool folder; null when it is gone or cannot be read. */
export function readStart(file: string): StreamStart | null {
  try {
    const message = decodeStreamV2(readFileSync(file));
    return message.type === 'start' ? message : null;
  } catch {
    // A memory file system after a reboot, or a file torn by a power cut: the caller says what is lost by it.
    return null;
  }
}

/** What a master needs of a data file; `finalPath` null: the name follows from its number. */
export type MasterFile = Pick<FileRow, 'kind' | 'number' | 'rows' | 'finalPath'>;

export interface MasterOrder {
  startPath: string;
  masterPath: string;
  series: SeriesRow & { openRequest: NonNullable<SeriesRow['openRequest']>; base: string };
  /** Its data files, named as the server has stored them. */
  files: readonly MasterFile[];
}

export type MasterAnswer =
  | { master: { sizeBytes: number; masks: MaskLocation[] } | null; problems: string[] }
  /** Nothing is wrong but the file system; the same order may work later. */
  | { retry: string };

/**
 * Writes the master of an ended series from its start and from what really came. A data file that never came is named too,
 * so that frame numbers stay right for readers. What cannot be said is left out and told in `problems`.
 */
export function writeMaster({ startPath, masterPath, series, files }: MasterOrder): MasterAnswer {
  const start = readStart(startPath);
  if (start === null) {
    return {
      master: null,
      problems: ['its start message is gone; its data files are stored without a master.'],
    };
  }
  const problems: string[] = [];
  const channels = channelLayouts(series.openRequest.channels);
  const name = (suffix: string) => path.posix.basename(series.base) + suffix;
  try {
    const built = buildMaster(
      masterInputFromStream(withFittingTables(start, channels, problems), {
        fileName: name('_master.h5'),
        channels,
        framesPerFile: series.openRequest.framesPerFile,
        dataFiles: listDataFiles(series.openRequest.framesPerFile, files, name),
        imagesReceived: series.framesReceived,
        startTime: start.armDate ?? series.openRequest.startedAt,
        endTime: series.endedAt ?? undefined,
      }),
    );
    writeFileSync(masterPath, built.bytes, { mode: 0o600 });
    const masks = built.masks.map((mask): MaskLocation => ({ ...mask, shape: [...mask.shape] }));
    return { master: { sizeBytes: built.bytes.length, masks }, problems };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined) return { retry: message };
    problems.push(`its master could not be made: ${message}. Its data files are stored.`);
    return { master: null, problems };
  }
}

function listDataFiles(
  framesPerFile: number,
  files: readonly MasterFile[],
  name: (suffix: string) => string,
): MasterDataFile[] {
  const byNumber = new Map(files.filter(({ kind }) => kind === 'data').map((file) => [file.number, file]));
  const count = Math.max(0, ...byNumber.keys());
  return Array.from({ length: count }, (_, index) => {
    const file = byNumber.get(index + 1);
    const isLast = index + 1 === count;
    return {
      fileName: file?.finalPath ? path.posix.basename(file.finalPath) : name(fileSuffix('data', index + 1)),
      firstImage: index * framesPerFile + 1,
      frames: isLast && file && file.rows > 0 ? file.rows : framesPerFile,
    };
  });
}

/** Masks and flat fields of another size than the images would make the master contradict itself. */
function withFittingTables(
  start: StreamStart,
  channels: readonly ChannelLayout[],
  problems: string[],
): StreamStart {
  const fitting = (what: string, tables: ReadonlyMap<string, StreamImageArray>) =>
    new Map(
      [...tables].filter(([channel, { shape }]) => {
        const layout = channels.find((candidate) => candidate.name === channel);
        const fits = layout !== undefined && layout.shape[0] === shape[0] && layout.shape[1] === shape[1];
        if (!fits)
          problems.push(`the ${what} of channel ${channel} does not fit the images and was left out.`);
        return fits;
      }),
    );
  return {
    ...start,
    pixelMasks: fitting('mask', start.pixelMasks),
    flatfields: fitting('flat field', start.flatfields),
  };
}
