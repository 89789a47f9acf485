import { type CbfHeader, readCbfHeader } from './cbf-header.ts';
import type { TiffBytes, TiffImage } from './tiff.ts';

/*
 * What TIFF files of detectors say of the measurement. Pilatus: the lines of mini-CBF files as description. Rayonix (MarCCD): a block of
 * its own behind the first 1024 bytes ("frame_header" of its documentation), numbers in it highest byte last or first as in the file.
 */

const RAYONIX_AT = 1024;
const RAYONIX_BYTES = 3072;
const MAX_ABS = 2 ** 31 - 1;

function rayonixHeader(block: Uint8Array): Partial<CbfHeader> | null {
  if (String.fromCharCode(...block.subarray(4, 7)) !== 'MMX') return null;
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const isBigEndian = view.getUint32(28, true) !== 1234;
  const int = (at: number) => view.getInt32(at, !isBigEndian);
  const positive = (value: number, perUnit: number) =>
    value > 0 && value < MAX_ABS ? value / perUnit : null;
  const [beamX, beamY] = [int(644) / 1000, int(648) / 1000];
  const hasBeam = beamX !== 0 || beamY !== 0;
  // two-theta, omega, chi, kappa, phi, delta, gamma at the start and at the end; which of them turned.
  const axis = int(732);
  const names = ['two-theta', 'omega', 'chi', 'kappa', 'phi', 'delta', 'gamma'];
  const isTurned = axis >= 0 && axis < names.length;
  return {
    detector: 'Rayonix',
    detectorDistanceM: positive(int(640), 1e6),
    beamXPx: hasBeam ? beamX : null,
    beamYPx: hasBeam ? beamY : null,
    exposureTimeS: positive(int(656), 1e3),
    pixelSizeXM: positive(int(772), 1e9),
    pixelSizeYM: positive(int(776), 1e9),
    wavelengthA: positive(int(908), 1e5),
    countCutoff: positive(int(104), 1),
    startAngleDeg: isTurned ? int(668 + 4 * axis) / 1000 : null,
    angleIncrementDeg: isTurned ? int(736) / 1000 : null,
    oscillationAxis: names[axis] ?? null,
  };
}

/** Whatever a file does not say is null. */
export function readTiffHeader({ description }: TiffImage, bytes: TiffBytes, fileBytes: number): CbfHeader {
  const lines = readCbfHeader(description ?? '');
  if (fileBytes < RAYONIX_AT + RAYONIX_BYTES) return lines;
  return { ...lines, ...rayonixHeader(bytes(RAYONIX_AT, RAYONIX_BYTES)) };
}
