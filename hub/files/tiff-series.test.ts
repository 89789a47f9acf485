import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTiff, type TiffParts } from '#src/shared/codecs/testing/make-tiff.ts';
import { encodeMiniCbf } from '#src/testing/mini-cbf.ts';
import { FolderRig } from '../testing/folder-rig.ts';
import { until } from '../testing/hub-rig.ts';
import { pathBytesOfText } from './path-bytes.ts';
import { readTiffFile } from './tiff-file.ts';

const ROWS = 6;
const COLUMNS = 5;
const LINES =
  '# Detector: PILATUS 100K, S/N 1-0042\r\n# Pixel_size 172e-6 m x 172e-6 m\r\n# Wavelength 0.976 A\r\n';

function frame(number: number, change: Partial<TiffParts> = {}): Uint8Array {
  const pixels = Int32Array.from({ length: ROWS * COLUMNS }, (_, at) => (at * number) % 50);
  const blocks = [new Uint8Array(pixels.buffer)];
  const image = { rows: ROWS, columns: COLUMNS, bits: 32, format: 2, description: LINES };
  return makeTiff({ ...image, blocks, ...change });
}
const camera = () => frame(1, { bits: 8, format: 1, description: 'a camera', blocks: [new Uint8Array(30)] });

describe('a series of TIFF files', () => {
  let rig: FolderRig;
  beforeEach(async () => {
    rig = await FolderRig.create();
  });
  afterEach(async () => {
    expect(rig.peer.violations).toEqual([]);
    await rig.dispose();
  });

  it('is a dataset, each frame a whole file; pictures beside it, and beside CBF files, are none of it', async () => {
    await rig.start();
    for (const number of [1, 2, 3]) rig.write(`lyso/run_1_000${number}.tif`, frame(number));
    rig.write('lyso/snap_0001.tiff', camera());
    const cbf = encodeMiniCbf({ rows: 2, columns: 3, pixels: new Int32Array(6), lines: [] });
    rig.write('lyso/other_0001.cbf', cbf);
    await rig.untilStored('lyso/other_0001.cbf', cbf);
    rig.write('lyso/other_0000.tif', frame(1));
    await rig.untilStored('lyso/other_0000.tif', frame(1));
    const datasets = () => [...rig.peer.sourceFiles.datasets.values()];
    await until('the ends', () => datasets().length === 2 && datasets().every(({ end }) => end !== null));
    const [series, other] = datasets().toSorted((a, b) => b.request.stem.localeCompare(a.request.stem));
    expect(series!.request).toMatchObject({
      ...{ kind: 'cbf-series', stem: 'lyso/run_1', detector: 'PILATUS 100K', framesPerFile: 1 },
      channels: [{ name: 'default', dtype: 'i4', shape: [ROWS, COLUMNS], filter: 'tiff' }],
      geometry: { pixelSizeXM: 172e-6, wavelengthA: 0.976 },
    });
    expect(series!.end).toMatchObject({ framesReceived: 3, missing: [] });
    expect(other!.end).toMatchObject({ framesReceived: 1 });
    const stored = rig.peer.files.find((file) => file.path.endsWith('run_1_0003.tif'))!;
    const [chunk] = stored.complete.chunks;
    expect(chunk).toMatchObject({ firstFrame: 2, rows: 1 });
    const entry = Buffer.from(chunk!.entries, 'base64');
    expect([Number(entry.readBigUInt64LE(0)), entry.readUInt32LE(8)]).toEqual([0, frame(3).length]);
    expect(rig.hub.codes()).not.toContain('frame-left-over');
  });
});

describe('what a TIFF file says', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'beamdeck-tiff-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const read = (bytes: Uint8Array, name = 'x_1.tif') => {
    const openPath = join(folder, name);
    writeFileSync(openPath, bytes);
    return readTiffFile({ path: pathBytesOfText(name), openPath, sizeBytes: bytes.length });
  };

  it('by Rayonix, in its block behind the first 1024 bytes', () => {
    const [rows, columns] = [64, 32];
    const block = new Uint8Array(rows * columns * 2);
    const file = makeTiff({ rows, columns, bits: 16, format: 1, blocks: [block] });
    const behind = new Uint8Array(5000);
    behind.set(file);
    const view = new DataView(behind.buffer, 1024);
    const numbers = { 28: 1234, 104: 65_535, 640: 200_000, 644: 1_536_500, 648: 1_540_000, 656: 250 };
    const more = { 672: 90_000, 732: 1, 736: 500, 772: 78_125, 776: 78_125, 908: 97_600 };
    for (const [at, value] of Object.entries({ ...numbers, ...more })) view.setInt32(Number(at), value, true);
    behind.set(Buffer.from('MMX'), 1024 + 4);
    expect(read(behind)?.header).toMatchObject({
      ...{ detector: 'Rayonix', detectorDistanceM: 0.2, beamXPx: 1536.5, beamYPx: 1540, countCutoff: 65_535 },
      ...{ exposureTimeS: 0.25, startAngleDeg: 90, angleIncrementDeg: 0.5, oscillationAxis: 'omega' },
      wavelengthA: 0.976,
      pixelSizeXM: 78.125e-6,
    });
  });

  it('of no detector, in colours, cut, or by another name is nothing', () => {
    expect(read(camera())).toBeNull();
    expect(read(frame(1, { samples: 3, photometric: 2 }))).toBeNull();
    expect(read(frame(1).subarray(0, -3))).toBeNull();
    expect(read(frame(1), 'x_1.png')).toBeNull();
    expect(read(frame(1))).toMatchObject({
      section: { filter: 'tiff', dtype: 'i4', shape: [ROWS, COLUMNS] },
    });
  });
});
