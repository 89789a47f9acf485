import h5wasm, { type Dataset, File } from 'h5wasm/node';
import type { Channel, Geometry } from '#src/shared/contracts/geometry.ts';

/*
 * What a watched HDF5 file says of itself: NXmx masters with links to their data files (NeXus NXmx; DECTRIS file writer 1 and 2), and the
 * data files. Read by the HDF5 library itself; runs in a thread of its own.
 */

export interface MasterFacts {
  /** Data files in the order of their links, as the master names them: relative to its folder. */
  links: { file: string; object: string }[];
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
}

type Entity = ReturnType<File['get']>;
type Plain = number | string | null;

const isDataset = (entity: Entity): entity is Dataset => entity !== null && 'slice' in entity;

async function withFile<T>(path: string, read: (file: File) => T): Promise<T | null> {
  const library = await h5wasm.ready;
  // What it finds wrong is thrown, in place of being written to stderr.
  library.activate_throwing_error_handler();
  let file: File;
  try {
    file = new File(path, 'r');
  } catch {
    // No HDF5, or cut.
    return null;
  }
  try {
    return read(file);
  } finally {
    file.close();
  }
}

/** The library throws where nothing is under a name. */
function entityAt(file: File, path: string): Entity {
  try {
    return file.get(path);
  } catch {
    return null;
  }
}

function at(file: File, path: string): Dataset | null {
  const entity = entityAt(file, path);
  return isDataset(entity) ? entity : null;
}

function plainOf(value: unknown): Plain {
  if (ArrayBuffer.isView(value)) return plainOf((value as unknown as ArrayLike<number | bigint>)[0]);
  if (Array.isArray(value)) return plainOf(value[0]);
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' || typeof value === 'string' ? value : null;
}

/** The first element; null when there is none or it is large. */
function scalarAt(file: File, path: string): Plain {
  const dataset = at(file, path);
  const size = dataset?.shape?.reduce((product, length) => product * length, 1) ?? 0;
  return dataset === null || size > 16 || size < 1 ? null : plainOf(dataset.value);
}

function textAt(file: File, path: string): string | null {
  const value = scalarAt(file, path);
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 200) : null;
}

function numberAt(file: File, path: string): number | null {
  const value = scalarAt(file, path);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

const METRES: Readonly<Record<string, number>> = { m: 1, mm: 1e-3, um: 1e-6, µm: 1e-6 };

/** In metres; NXmx gives each length its unit. */
function lengthAt(file: File, path: string): number | null {
  const value = numberAt(file, path);
  const units = at(file, path)?.attrs.units?.value;
  const factor = typeof units === 'string' ? METRES[units] : 1;
  return value === null || factor === undefined || !(value > 0) ? null : value * factor;
}

const positive = (value: number | null) => (value !== null && value > 0 ? value : null);

function linksOf(file: File): MasterFacts['links'] {
  const data = entityAt(file, '/entry/data');
  if (data === null || !('keys' in data)) return [];
  return data
    .keys()
    .sort()
    .flatMap((name) => {
      // Of a link whose file is there the entity is what it leads to; the link itself is asked for by its name.
      const link = file.get_external_link(`/entry/data/${name}`) as { filename?: string; obj_path?: string };
      return link.filename ? [{ file: link.filename, object: link.obj_path ?? '/entry/data/data' }] : [];
    });
}

/** Null: no HDF5 file, or none that names data files. */
export function inspectMaster(path: string): Promise<MasterFacts | null> {
  return withFile(path, (file) => {
    const links = linksOf(file);
    if (links.length === 0) return null;
    const detector = '/entry/instrument/detector';
    const specific = `${detector}/detectorSpecific`;
    const images = numberAt(file, `${specific}/nimages`);
    const triggers = numberAt(file, `${specific}/ntrigger`) ?? 1;
    const wavelength = positive(
      numberAt(file, '/entry/instrument/beam/incident_wavelength') ??
        numberAt(file, '/entry/sample/beam/incident_wavelength'),
    );
    const beamX = numberAt(file, `${detector}/beam_center_x`);
    const beamY = numberAt(file, `${detector}/beam_center_y`);
    const hasBeam = beamX !== null && beamY !== null && (beamX !== 0 || beamY !== 0);
    const expected = images === null ? null : Math.round(images * triggers);
    return {
      links,
      framesExpected: expected !== null && expected > 0 ? expected : null,
      detector: textAt(file, `${detector}/description`),
      detectorSerialNumber: textAt(file, `${detector}/detector_number`),
      sampleName: textAt(file, '/entry/sample/name'),
      geometry: {
        pixelSizeXM: lengthAt(file, `${detector}/x_pixel_size`),
        pixelSizeYM: lengthAt(file, `${detector}/y_pixel_size`),
        beamCenterXPx: hasBeam ? beamX : null,
        beamCenterYPx: hasBeam ? beamY : null,
        detectorDistanceM:
          lengthAt(file, `${detector}/detector_distance`) ?? lengthAt(file, `${detector}/distance`),
        wavelengthA: wavelength,
        energyEv: wavelength === null ? null : 12_398.41984 / wavelength,
        frameTimeS: positive(numberAt(file, `${detector}/frame_time`)),
        countTimeS: positive(numberAt(file, `${detector}/count_time`)),
        saturationValue: numberAt(file, `${detector}/saturation_value`),
        sensorMaterial: textAt(file, `${detector}/sensor_material`),
        sensorThicknessM: lengthAt(file, `${detector}/sensor_thickness`),
        detectorDescription: textAt(file, `${detector}/description`),
        detectorSerialNumber: textAt(file, `${detector}/detector_number`),
      },
    };
  });
}

const INTEGERS: Readonly<Record<string, Channel['dtype']>> = {
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

function filterOf({ filters }: Dataset): Channel['filter'] | null {
  const [first, ...more] = filters;
  if (first === undefined) return 'none';
  if (more.length > 0) return null;
  if (first.id === LZ4) return 'lz4';
  if (first.id !== BITSHUFFLE) return null;
  return first.cd_values[4] === ZSTD_OF_BITSHUFFLE ? 'bszstd' : 'bslz4';
}

/** Null: not readable (yet), or not frames in a form that is known. */
export function inspectData(path: string, object: string): Promise<DataFacts | null> {
  return withFile(path, (file) => {
    const dataset = at(file, object);
    const shape = dataset?.shape;
    if (dataset === null || shape == null || shape.length !== 3) return null;
    const [frames, rows, columns] = shape as [number, number, number];
    const dtype =
      typeof dataset.dtype === 'string' ? INTEGERS[dataset.dtype.replace(/^[<>|=]/, '')] : undefined;
    const filter = filterOf(dataset);
    if (dtype === undefined || filter === null || rows < 1 || columns < 1) return null;
    const low = plainOf(dataset.attrs.image_nr_low?.value);
    const imageLow = typeof low === 'number' && low >= 1 ? low : null;
    return { frames, imageLow, channel: { dtype, shape: [rows, columns], filter } };
  });
}
