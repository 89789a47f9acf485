import h5wasm, { File, type Group } from 'h5wasm/node';

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
