import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import type { MasterChannel, StoredArray } from './master-input.ts';
import { hasDials, indexWithDials, python } from './testing/engines.ts';
import { testdata } from './testing/real-capture.ts';
import { writeSeries } from './testing/write-series.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hdf5-indexing-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lysozyme = join(testdata, 'mx_nxmx', 'lyso_master.h5');

describe.skipIf(!hasDials || !existsSync(lysozyme))('DIALS on simulated lysozyme (testdata mx_nxmx)', () => {
  // Of the indexing of one channel the simulated series of hub/simulator tell.
  test('the same chunks in our files, three of them, beside another channel, index with the cell they were made from', () => {
    const names = ['threshold_1', 'threshold_2'];
    const work = mkdtempSync(join(folder, 'index-'));
    const code = `
import sys, os, json, h5py
master, out = sys.argv[1:]
with h5py.File(os.path.join(os.path.dirname(master), 'lyso_data_000001.h5')) as f:
    data = f['/entry/data/data']
    for row in range(data.shape[0]):
        open(os.path.join(out, str(row)), 'wb').write(data.id.read_direct_chunk((row, 0, 0))[1])
    shape = list(data.shape)
with h5py.File(master) as f:
    detector = f['/entry/instrument/detector']
    values = {k: float(detector[k][()]) for k in ('beam_center_x', 'beam_center_y', 'distance', 'x_pixel_size', 'saturation_value')}
    values['wavelength'] = float(f['/entry/instrument/beam/incident_wavelength'][()])
    detector['pixel_mask'][()].tofile(os.path.join(out, 'mask'))
    omega = f['/entry/sample/transformations/omega'][()]
print(json.dumps({'shape': shape, 'start': omega[0], 'step': omega[1] - omega[0], **values}))`;
    const made = JSON.parse(python(code, [lysozyme, work])) as Record<string, number> & { shape: number[] };
    const [images, ny, nx] = made.shape as [number, number, number];
    const mask: StoredArray = {
      dtype: 'u4',
      shape: [ny, nx],
      filter: 'none',
      bytes: new Uint8Array(readFileSync(join(work, 'mask'))),
    };
    const channels = names.map(
      (name): MasterChannel => ({ name, dtype: 'u2', shape: [ny, nx], filter: 'bslz4', pixelMask: mask }),
    );
    // Nothing can be indexed in the other channel: whoever mixes them up finds no lattice.
    const nothing = encodeBslz4(new Uint8Array(2 * ny * nx), 2);
    const { masterPath } = writeSeries(work, {
      prefix: 'lyso',
      frames: Array.from({ length: images }, (_, row) => {
        const first = new Uint8Array(readFileSync(join(work, String(row))));
        return channels.map((_, channel) => (channel === 0 ? first : nothing));
      }),
      master: {
        channels,
        framesPerFile: 25,
        wavelengthA: made.wavelength,
        sensorMaterial: 'Si',
        sensorThicknessM: 4.5e-4,
        pixelSizeXM: made.x_pixel_size,
        pixelSizeYM: made.x_pixel_size,
        beamCenterXPx: made.beam_center_x,
        beamCenterYPx: made.beam_center_y,
        distanceM: made.distance,
        frameTimeS: 0.1,
        saturationValue: made.saturation_value,
        goniometer: { omega: { startDeg: made.start!, incrementDeg: made.step! } },
      },
    });
    const report = indexWithDials(masterPath, work, [
      'indexing.method=fft1d',
      'space_group=P43212',
      'unit_cell=78.1,78.1,37.2,90,90,90',
    ]);
    const expected = [78.1, 78.1, 37.2, 90, 90, 90];
    for (const [index, value] of report.cell.entries()) {
      expect(Math.abs(value / expected[index]! - 1)).toBeLessThan(0.005);
    }
    expect(report.indexed / report.strong).toBeGreaterThan(0.8);
  });
});
