import type { Dataset, File } from 'h5wasm/node';
import type { Channel, FileChannel, Geometry } from '#src/shared/contracts/geometry.ts';
import type { MasterChannel } from '#src/shared/hdf5/master-channels.ts';
import { at, entityAt, lengthAt, numberAt, plainOf, textAt, withFile } from './hdf5-look.ts';
import { masterChannels } from './master-channels.ts';
import { imagesOf, isVirtual, type MasterImages, type NamedFile } from './master-images.ts';

/*
 * What a watched HDF5 file says of itself: NXmx masters (NeXus NXmx; DECTRIS file writer 1 and 2) with links to their data files, with
 * virtual datasets over them, or with the images in them, and the data files. Runs in a thread of its own.
 */

export interface MasterFacts {
  files: NamedFile[];
  /** Images in the master itself. */
  own: DataFacts | null;
  /** Where its data files have the frames of each channel; absent where they have one. */
  channels?: MasterChannel[];
  /** Size and type of a whole image, where a virtual dataset says it; data files may hold parts of images. */
  image: Pick<Channel, 'dtype' | 'shape'> | null;
  framesExpected: number | null;
  detector: string | null;
  detectorSerialNumber: string | null;
  sampleName: string | null;
  geometry: Partial<Geometry>;
}

export interface DataFacts {
  frames: number;
  /** 1-based number of the first image, as the file says it; null when it does not. */
  imageLow: number | null;
  channel: Omit<Channel, 'name'>;
  /** Those of several channels that are in a form that is known; absent where there is one. */
  channels?: FileChannel[];
}

const positive = (value: number | null) => (value !== null && value > 0 ? value : null);

const DETECTOR = '/entry/instrument/detector';

/** A detector is said, also one of several with names of their own. */
function hasDetector(file: File): boolean {
  if (entityAt(file, DETECTOR) !== null) return true;
  const instrument = entityAt(file, '/entry/instrument');
  return (
    instrument !== null && 'keys' in instrument && instrument.keys().some((name) => /^detector/i.test(name))
  );
}

/** Images in the file itself are those of a measurement where a detector is said with them; others may be anything. */
function ownImages(file: File, { own }: MasterImages, channels: readonly MasterChannel[]): DataFacts | null {
  if (!hasDetector(file)) return null;
  if (channels.length > 0) return factsOfChannels(file, channels);
  if (own.length === 0) return null;
  const all = own.map(factsOf);
  const [first] = all;
  if (!first || all.some((one) => one === null)) return null;
  return { ...first, frames: all.reduce((sum, one) => sum + one!.frames, 0) };
}

function wholeImage({ whole }: MasterImages): MasterFacts['image'] {
  const dtype = whole === null ? null : dtypeOf(whole);
  const [rows, columns] = whole?.shape?.slice(-2) ?? [];
  return dtype === null || !rows || !columns ? null : { dtype, shape: [rows, columns] };
}

/** As announced to the detector; where nothing says that, what the virtual dataset has room for. */
function framesExpected(file: File, { whole }: MasterImages): number | null {
  const specific = `${DETECTOR}/detectorSpecific`;
  const images = numberAt(file, `${specific}/nimages`);
  const announced =
    images === null ? null : Math.round(images * (numberAt(file, `${specific}/ntrigger`) ?? 1));
  return positive(announced) ?? positive(whole?.shape?.[0] ?? null);
}

/** Null: it is no master, or gone. Rejects when it is no HDF5 file, or not whole. */
export async function inspectMaster(path: string): Promise<MasterFacts | null> {
  const several = await masterChannels(path);
  return withFile(path, (file) => {
    const images = imagesOf(file, path);
    const own = ownImages(file, images, several?.isOwn ? several.channels : []);
    if (images.files.length === 0 && own === null) return null;
    const wavelength = positive(
      numberAt(file, '/entry/instrument/beam/incident_wavelength') ??
        numberAt(file, '/entry/sample/beam/incident_wavelength'),
    );
    const beamX = numberAt(file, `${DETECTOR}/beam_center_x`);
    const beamY = numberAt(file, `${DETECTOR}/beam_center_y`);
    const hasBeam = beamX !== null && beamY !== null && (beamX !== 0 || beamY !== 0);
    return {
      files: images.files,
      own: images.files.length === 0 ? own : null,
      ...(several && !several.isOwn ? { channels: several.channels } : {}),
      image: wholeImage(images),
      framesExpected: framesExpected(file, images),
      detector: textAt(file, `${DETECTOR}/description`),
      detectorSerialNumber: textAt(file, `${DETECTOR}/detector_number`),
      sampleName: textAt(file, '/entry/sample/name'),
      geometry: {
        pixelSizeXM: lengthAt(file, `${DETECTOR}/x_pixel_size`),
        pixelSizeYM: lengthAt(file, `${DETECTOR}/y_pixel_size`),
        beamCenterXPx: hasBeam ? beamX : null,
        beamCenterYPx: hasBeam ? beamY : null,
        detectorDistanceM:
          lengthAt(file, `${DETECTOR}/detector_distance`) ?? lengthAt(file, `${DETECTOR}/distance`),
        wavelengthA: wavelength,
        energyEv: wavelength === null ? null : 12_398.41984 / wavelength,
        frameTimeS: positive(numberAt(file, `${DETECTOR}/frame_time`)),
        countTimeS: positive(numberAt(file, `${DETECTOR}/count_time`)),
        saturationValue: numberAt(file, `${DETECTOR}/saturation_value`),
        sensorMaterial: textAt(file, `${DETECTOR}/sensor_material`),
        sensorThicknessM: lengthAt(file, `${DETECTOR}/sensor_thickness`),
        detectorDescription: textAt(file, `${DETECTOR}/description`),
        detectorSerialNumber: textAt(file, `${DETECTOR}/detector_number`),
      },
    };
  });
}

const NUMBERS: Readonly<Record<string, Channel['dtype']>> = {
  B: 'u1',
  H: 'u2',
  I: 'u4',
  Q: 'u8',
  b: 'i1',
  h: 'i2',
  i: 'i4',
  q: 'i8',
  f: 'f4',
  d: 'f8',
};
const BITSHUFFLE = 32008;
const LZ4 = 32004;
const ZSTD_OF_BITSHUFFLE = 3;
const DEFLATE = 1;
const SHUFFLE = 2;

function filterOf({ filters }: Dataset): Channel['filter'] | null {
  const [first, ...more] = filters;
  if (first === undefined) return 'none';
  if (first.id === SHUFFLE && more.length === 1 && more[0]!.id === DEFLATE) return 'shuffle-gzip';
  if (more.length > 0) return null;
  if (first.id === DEFLATE) return 'gzip';
  if (first.id === LZ4) return 'lz4';
  if (first.id !== BITSHUFFLE) return null;
  return first.cd_values[4] === ZSTD_OF_BITSHUFFLE ? 'bszstd' : 'bslz4';
}

function dtypeOf({ dtype }: Dataset): Channel['dtype'] | null {
  return typeof dtype === 'string' ? (NUMBERS[dtype.replace(/^[<>|=]/, '')] ?? null) : null;
}

/** Null: not frames in a form that is known. */
function factsOf(dataset: Dataset): DataFacts | null {
  const { shape } = dataset;
  if (shape == null || (shape.length !== 3 && shape.length !== 4)) return null;
  const [rows, columns] = shape.slice(-2) as [number, number];
  const dtype = dtypeOf(dataset);
  const filter = filterOf(dataset);
  if (dtype === null || filter === null || rows < 1 || columns < 1) return null;
  const low = plainOf(dataset.attrs.image_nr_low?.value);
  const imageLow = typeof low === 'number' && low >= 1 ? low : null;
  return { frames: shape[0]!, imageLow, channel: { dtype, shape: [rows, columns], filter } };
}

/** Of those channels that have as many frames as the first in a form that is known. Null: none has. */
function factsOfChannels(file: File, channels: readonly MasterChannel[]): DataFacts | null {
  const known = channels.flatMap(({ name, object, index }) => {
    const dataset = at(file, object);
    const facts = dataset === null || isVirtual(dataset) ? null : factsOf(dataset);
    const axis = dataset?.shape?.length === 4 ? dataset.shape[1]! : 1;
    return facts === null || index >= axis ? [] : [{ name, place: { object, index }, facts }];
  });
  const [first] = known;
  if (!first) return null;
  const alike = known.filter(({ facts }) => facts.frames === first.facts.frames);
  return {
    ...first.facts,
    channels: alike.map(({ name, place, facts }) => ({ name, ...facts.channel, place })),
  };
}

/**
 * Null: not frames in a form that is known, a view of frames that lie in further files, or gone. Rejects when it is no HDF5 file, or not whole.
 * @param channels where the master says that each lies
 */
export function inspectData(
  path: string,
  object: string,
  channels: readonly MasterChannel[] = [],
): Promise<DataFacts | null> {
  return withFile(path, (file) => {
    const several = channels.length > 0 ? factsOfChannels(file, channels) : null;
    if (several !== null) return several;
    const dataset = at(file, object);
    return dataset === null || isVirtual(dataset) ? null : factsOf(dataset);
  });
}
