import { writeFileSync } from 'node:fs';
import h5wasm, { File, type Group } from 'h5wasm/node';
import type { VirtualSource } from '../hdf5/format/virtual-mapping.ts';
import { dataset, group, type LinkNode, scalar as scalarValue, text } from '../hdf5/tree-nodes.ts';
import { encodeTree } from '../hdf5/tree-writer.ts';

/** A data file as the field writes it: frames at /entry/data/data, the number of its first image beside them. */
export async function writeDataFile(path: string, frames: number, firstImage: number): Promise<void> {
  await h5wasm.ready;
  const file = new File(path, 'w');
  const group = file.create_group('entry').create_group('data');
  const data = Uint16Array.from({ length: frames * 4 * 6 }, (_, pixel) => (pixel + firstImage) % 1000);
  const dataset = group.create_dataset({ name: 'data', data, shape: [frames, 4, 6], chunks: [1, 4, 6] });
  dataset.create_attribute('image_nr_low', firstImage, null, '<i4');
  file.close();
}

/** A master with links to data files, made by the library. */
export async function writeMaster(path: string, links: readonly string[], images: number): Promise<void> {
  await h5wasm.ready;
  const file = new File(path, 'w');
  const entry = file.create_group('entry');
  const data = entry.create_group('data');
  for (const [index, link] of links.entries()) {
    data.create_external_link(link, '/entry/data/data', `data_${String(index + 1).padStart(6, '0')}`);
  }
  const instrument = entry.create_group('instrument');
  scalar(instrument.create_group('beam'), 'incident_wavelength', 0.976);
  const detector = instrument.create_group('detector');
  scalar(detector, 'x_pixel_size', 75e-6);
  scalar(detector, 'detector_distance', 0.15);
  scalar(detector.create_group('detectorSpecific'), 'nimages', images);
  file.close();
}

function scalar(group: Group, name: string, value: number): void {
  group.create_dataset({ name, data: value, shape: [] });
}

/** A whole data file at /entry/data/data, placed from this frame on. */
export function sourceFile(fileName: string, firstFrame: number, frames: number): VirtualSource {
  const shape = [frames, 4, 6];
  return { fileName, path: '/entry/data/data', shape, target: { start: [firstFrame, 0, 0], count: shape } };
}

/** One module of every image, at this row of it. */
export function moduleFile(fileName: string, firstRow: number, frames: number): VirtualSource {
  const shape = [frames, 4, 6];
  return { fileName, path: '/entry/data/data', shape, target: { start: [0, firstRow, 0], count: shape } };
}

/** A master of NXmx v2024.2: /entry/data/data is a virtual dataset over the data files, and nothing else names them. */
export function writeVirtualMaster(
  path: string,
  shape: readonly [frames: number, rows: number, columns: number],
  sources: readonly VirtualSource[],
  links: Readonly<Record<string, LinkNode>> = {},
): void {
  const data: LinkNode = {
    ...{ kind: 'virtualDataset', attributes: {}, dtype: 'u2', shape, fillValue: undefined },
    sources,
  };
  const wavelength = dataset(scalarValue('f8', 0.976), { units: text('angstrom') });
  const entry = group('NXentry', {
    definition: dataset(text('NXmx'), { version: text('2024.02') }),
    instrument: group('NXinstrument', {
      beam: group('NXbeam', { incident_wavelength: wavelength }),
      detector: group('NXdetector', { description: dataset(text('JUNGFRAU 1M')) }),
    }),
    data: group('NXdata', { data, ...links }, { signal: text('data') }),
  });
  writeFileSync(path, encodeTree(group('NXroot', { entry })).bytes);
}

/** A single NXmx file: the images lie in the detector, and /entry/data shows them by a soft link. */
export async function writeWholeFile(path: string, frames: number): Promise<void> {
  await h5wasm.ready;
  const file = new File(path, 'w');
  const entry = file.create_group('entry');
  const detector = entry.create_group('instrument').create_group('detector');
  const data = new Int32Array(frames * 4 * 6);
  detector.create_dataset({ name: 'data', data, shape: [frames, 4, 6], chunks: [1, 4, 6] });
  entry.create_group('data').create_soft_link('/entry/instrument/detector/data', 'data');
  file.close();
}

/** A single file with images under these paths, [frame, y, x] or [frame, channel, y, x]; pixels count up from one to the other. */
export async function writeOwnChannels(
  path: string,
  objects: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  await h5wasm.ready;
  const file = new File(path, 'w');
  const made = new Set<string>();
  const makeGroup = (group: string) => {
    if (group === '' || made.has(group)) return;
    makeGroup(group.slice(0, group.lastIndexOf('/')));
    file.create_group(group);
    made.add(group);
  };
  makeGroup('/entry/instrument/detector');
  let next = 0;
  for (const [object, shape] of Object.entries(objects)) {
    makeGroup(object.slice(0, object.lastIndexOf('/')));
    const size = shape.reduce((product, side) => product * side, 1);
    const data = Uint16Array.from({ length: size }, () => next++ % 65_536);
    const chunks = shape.map((side, axis) => (axis < shape.length - 2 ? 1 : side));
    file.create_dataset({ name: object, data, shape: [...shape], chunks });
  }
  file.close();
}
