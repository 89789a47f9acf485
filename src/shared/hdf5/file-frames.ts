import { FRAME_ENTRY_BYTES } from '../contracts/frame-index.ts';
import type { Dtype } from '../model/dtype.ts';
import { type FrameChunks, frameChunks, frameFormOf } from './frame-chunks.ts';
import { Hdf5Error, unsupported } from './hdf5-error.ts';
import type { Hdf5Dataset, Hdf5File } from './hdf5-file.ts';

/** What the frames in a file look like. */
export interface WantedFrames {
  dtype: Dtype;
  shape: readonly [rows: number, columns: number];
  /** How many there should be. */
  frames: number;
}

/** Where data files have their images; the first of these groups that has some counts. */
const GROUPS = ['/entry/data', '/', '/entry/instrument/detector'];
const NUMBERED = /^data_\d+$/;
const MAX_DATASETS = 1000;

function isOfForm(dataset: Hdf5Dataset, wanted: WantedFrames): boolean {
  try {
    const { dtype, shape } = frameFormOf(dataset);
    const isSame = dtype === wanted.dtype && shape[0] === wanted.shape[0] && shape[1] === wanted.shape[1];
    return isSame && dataset.layout.kind !== 'virtual';
  } catch (error) {
    if (error instanceof Hdf5Error) return false;
    throw error;
  }
}

/** Datasets in a group that lie in the file itself and have frames of this form, by name. */
async function candidates(file: Hdf5File, wanted: WantedFrames): Promise<Map<string, Hdf5Dataset>> {
  const found = new Map<string, Hdf5Dataset>();
  for (const group of GROUPS) {
    for (const name of (await file.namesIn(group)).slice(0, MAX_DATASETS)) {
      const dataset = await file.datasetOrNull(`${group}/${name}`);
      if (dataset && isOfForm(dataset, wanted)) found.set(name, dataset);
    }
    if (found.size > 0) break;
  }
  return found;
}

function joined(parts: readonly FrameChunks[]): FrameChunks {
  const [first] = parts;
  if (parts.some(({ filter }) => filter !== first!.filter)) {
    throw unsupported('Its frames are packed in several ways.');
  }
  const frames = parts.reduce((sum, part) => sum + part.frames, 0);
  const entries = new Uint8Array(frames * FRAME_ENTRY_BYTES);
  let at = 0;
  for (const part of parts) {
    entries.set(part.entries, at);
    at += part.entries.length;
  }
  return { ...first!, frames, entries };
}

/**
 * The frames that lie in a data file, or in a master with its images in it: of the first channel, in order. They are
 * called `data`, or `data_000001`, …; another name counts where it is the only one. Throws Hdf5Error where there are none of this form,
 * or they cannot be fetched one by one.
 */
export async function framesOfFile(file: Hdf5File, wanted: WantedFrames): Promise<FrameChunks> {
  const found = await candidates(file, wanted);
  const numbered = [...found].filter(([name]) => NUMBERED.test(name)).map(([, dataset]) => dataset);
  const named = found.get('data') ?? (found.size === 1 ? [...found.values()][0] : undefined);
  const chosen = numbered.length > 0 ? numbered : named ? [named] : [];
  if (chosen.length === 0) {
    const [rows, columns] = wanted.shape;
    throw new Hdf5Error(
      'absent',
      `It has no frames of ${columns} × ${rows} pixels where data files have them.`,
    );
  }
  // Before their index is read: a file may claim any number.
  const frames = chosen.reduce((sum, dataset) => sum + frameFormOf(dataset).frames, 0);
  if (frames !== wanted.frames)
    throw new Hdf5Error('absent', `It has ${frames} frames, not ${wanted.frames}.`);
  const parts: FrameChunks[] = [];
  for (const dataset of chosen) parts.push(await frameChunks(file, dataset));
  return joined(parts);
}
