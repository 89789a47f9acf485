import { FRAME_ENTRY_BYTES } from '../contracts/frame-index.ts';
import type { Dtype } from '../model/dtype.ts';
import type { RangeSource } from './byte-source.ts';
import { type FrameChunks, frameChunks, frameFormOf } from './frame-chunks.ts';
import { Hdf5Error, unsupported } from './hdf5-error.ts';
import { type Hdf5Dataset, Hdf5File } from './hdf5-file.ts';
import { channelsOfMaster } from './master-channels.ts';

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

type Form = Pick<WantedFrames, 'dtype' | 'shape'>;

const isSame = (one: Form, other: Form) =>
  one.dtype === other.dtype && one.shape[0] === other.shape[0] && one.shape[1] === other.shape[1];

/** @param wanted null: frames of any form, of which there are three axes at least */
function isOfForm(dataset: Hdf5Dataset, wanted: Form | null): boolean {
  try {
    const form = frameFormOf(dataset);
    const fits = wanted === null ? dataset.shape.length > 2 : isSame(form, wanted);
    return fits && dataset.layout.kind !== 'virtual';
  } catch (error) {
    if (error instanceof Hdf5Error) return false;
    throw error;
  }
}

/** Datasets in a group that lie in the file itself and have frames of this form, by name. */
async function candidates(file: Hdf5File, wanted: Form | null): Promise<Map<string, Hdf5Dataset>> {
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
  const chosen = chosenOf(await candidates(file, wanted));
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
  return framesOfEach(file, chosen);
}

function chosenOf(found: ReadonlyMap<string, Hdf5Dataset>): Hdf5Dataset[] {
  const numbered = [...found].filter(([name]) => NUMBERED.test(name)).map(([, dataset]) => dataset);
  const named = found.get('data') ?? (found.size === 1 ? [...found.values()][0] : undefined);
  return numbered.length > 0 ? numbered : named ? [named] : [];
}

async function framesOfEach(file: Hdf5File, chosen: readonly Hdf5Dataset[]): Promise<FrameChunks> {
  const parts: FrameChunks[] = [];
  for (const dataset of chosen) parts.push(await frameChunks(file, dataset));
  return joined(parts);
}

/** What a file shows that stands alone. */
export interface OwnChannel extends FrameChunks {
  name: string;
}

/** All frames that lie in a file of which nothing else is known, by channel. Throws Hdf5Error with what is lacking. */
export async function ownFrames(source: RangeSource): Promise<OwnChannel[]> {
  const several = await channelsOfMaster(source);
  if (several && !several.isOwn) throw new Hdf5Error('absent', ELSEWHERE);
  const file = await Hdf5File.open(source);
  const channels: OwnChannel[] = [];
  for (const { name, object, index } of several?.channels ?? []) {
    const dataset = await file.dataset(object);
    if (dataset) channels.push({ name, ...(await frameChunks(file, dataset, index)) });
  }
  if (channels.length > 0) return channels;
  const chosen = chosenOf(await candidates(file, null));
  const [first] = chosen;
  if (!first) throw new Hdf5Error('absent', (await leadsElsewhere(file)) ? ELSEWHERE : 'It has no images.');
  const form = frameFormOf(first);
  return [
    {
      name: 'default',
      ...(await framesOfEach(
        file,
        chosen.filter((one) => isOfForm(one, form)),
      )),
    },
  ];
}

const ELSEWHERE = 'Its images lie in other files: open their dataset.';

/** Whether there are images by links or views only. */
async function leadsElsewhere(file: Hdf5File): Promise<boolean> {
  for (const name of await file.namesIn(GROUPS[0]!)) {
    const place = await file.resolve(`${GROUPS[0]}/${name}`);
    const dataset = place?.kind === 'object' ? await file.datasetOrNull(`${GROUPS[0]}/${name}`) : null;
    if (place?.kind === 'external' || dataset?.layout.kind === 'virtual') return true;
  }
  return false;
}
