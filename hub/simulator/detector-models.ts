import { RandomSource } from './random-source.ts';

/** A pixel detector made of equal modules with gaps between them; true pixel counts of the real devices. */
export interface DetectorModel {
  name: string;
  description: string;
  serialNumber: string;
  channel: string;
  columns: number;
  rows: number;
  moduleColumns: number;
  moduleRows: number;
  gapColumns: number;
  gapRows: number;
  pixelSizeM: number;
  sensorThicknessM: number;
  defaultDtype: PixelDtype;
  /** A distance at which the detector's edge is near 2 to 2.7 Å at 12.7 keV. */
  defaultDistanceM: number;
  /** Upper limit of the count rate of one pixel, from the makers' data sheets (order of magnitude). */
  maxCountsPerS: number;
}

export type PixelDtype = 'u2' | 'u4' | 'i2' | 'i4';

function eiger2(
  size: string,
  across: number,
  down: number,
  serial: string,
  distanceM: number,
): DetectorModel {
  return {
    name: `eiger2-${size}`,
    description: `Simulated EIGER2 Si ${size.toUpperCase()}`,
    serialNumber: serial,
    channel: 'threshold_1',
    columns: across * 1028 + (across - 1) * 12,
    rows: down * 512 + (down - 1) * 38,
    moduleColumns: 1028,
    moduleRows: 512,
    gapColumns: 12,
    gapRows: 38,
    pixelSizeM: 75e-6,
    sensorThicknessM: 450e-6,
    defaultDtype: 'u2',
    defaultDistanceM: distanceM,
    maxCountsPerS: 1e7,
  };
}

function jungfrau(
  size: string,
  across: number,
  down: number,
  serial: string,
  distanceM: number,
): DetectorModel {
  return {
    name: `jungfrau-${size}`,
    description: `Simulated JUNGFRAU ${size.toUpperCase()}`,
    serialNumber: serial,
    channel: 'default',
    columns: across * 1030 + (across - 1) * 8,
    rows: down * 514 + (down - 1) * 36,
    moduleColumns: 1030,
    moduleRows: 514,
    gapColumns: 8,
    gapRows: 36,
    pixelSizeM: 75e-6,
    sensorThicknessM: 320e-6,
    defaultDtype: 'i2',
    defaultDistanceM: distanceM,
    maxCountsPerS: 2e7,
  };
}

export const DETECTOR_MODELS: readonly DetectorModel[] = [
  eiger2('500k', 1, 1, 'SIM-E2-05-0001', 0.1),
  eiger2('1m', 1, 2, 'SIM-E2-01-0001', 0.12),
  eiger2('4m', 2, 4, 'SIM-E2-04-0001', 0.18),
  eiger2('16m', 4, 8, 'SIM-E2-16-0001', 0.3),
  jungfrau('4m', 2, 4, 'SIM-JF-04-0001', 0.18),
  jungfrau('9m', 3, 6, 'SIM-JF-09-0001', 0.25),
  {
    name: 'selun',
    description: 'Simulated SELUN',
    serialNumber: 'SIM-SE-00-0001',
    channel: 'threshold_1',
    columns: 190,
    rows: 190,
    moduleColumns: 190,
    moduleRows: 190,
    gapColumns: 0,
    gapRows: 0,
    pixelSizeM: 100e-6,
    sensorThicknessM: 450e-6,
    defaultDtype: 'u4',
    defaultDistanceM: 0.05,
    maxCountsPerS: 1e8,
  },
];

/** Bits of a pixel mask, as file writers of the field define them. */
export const MASK_GAP = 1 << 0;
export const MASK_DEAD = 1 << 1;
export const MASK_NOISY = 1 << 4;

export interface DetectorDefects {
  /** u4 per pixel, row by row; 0 = good. */
  mask: Uint32Array;
  maskedPixels: Uint32Array;
  /** Pixels that nobody has masked yet: they count by themselves. */
  hotPixels: readonly { pixel: number; countsPerFrame: number }[];
}

/** Gaps, dead and noisy pixels of one device; they belong to its serial number, so every series shows the same. */
export function makeDetectorDefects(model: DetectorModel, seed: number): DetectorDefects {
  const random = new RandomSource(seed, model.columns);
  const mask = new Uint32Array(model.columns * model.rows);
  const columnPitch = model.moduleColumns + model.gapColumns;
  const rowPitch = model.moduleRows + model.gapRows;
  for (let row = 0, pixel = 0; row < model.rows; row++) {
    const gapRow = row % rowPitch >= model.moduleRows;
    for (let column = 0; column < model.columns; column++, pixel++) {
      if (gapRow || column % columnPitch >= model.moduleColumns) mask[pixel] = MASK_GAP;
    }
  }
  const defectsOfAKind = Math.ceil(mask.length / 100_000);
  const hotPixels: { pixel: number; countsPerFrame: number }[] = [];
  const goodPixel = () => {
    while (true) {
      const pixel = random.integer(mask.length);
      if (mask[pixel] === 0 && !hotPixels.some((hot) => hot.pixel === pixel)) return pixel;
    }
  };
  for (let i = 0; i < defectsOfAKind; i++) {
    mask[goodPixel()] = MASK_DEAD;
    mask[goodPixel()] = MASK_NOISY;
    if (i % 2 === 0) hotPixels.push({ pixel: goodPixel(), countsPerFrame: 300 + random.integer(2700) });
  }
  const maskedPixels = new Uint32Array(mask.reduce((count, bits) => count + (bits === 0 ? 0 : 1), 0));
  for (let pixel = 0, at = 0; pixel < mask.length; pixel++) if (mask[pixel] !== 0) maskedPixels[at++] = pixel;
  return { mask, maskedPixels, hotPixels };
}
