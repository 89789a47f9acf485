import type { FrameValueName } from '../model/frame-values.ts';
import type { StreamImage } from '../model/stream.ts';
import type { CborMap, CborValue } from './cbor-reader.ts';
import { isMap } from './stream-start-fields.ts';

/*
 * Numbers that Jungfraujoch sends with each image besides the keys of Stream V2 (its documentation, "CBOR messages", image
 * message); all of them are optional, and a value that is no finite number counts as not sent.
 */
const KEYS: readonly (readonly [key: string, name: FrameValueName])[] = [
  ['spot_count', 'spots'],
  ['spot_count_low_res', 'spotsLowResolution'],
  ['spot_count_ice_rings', 'spotsIceRings'],
  ['spot_count_indexed', 'spotsIndexed'],
  ['indexing_result', 'indexed'],
  ['bkg_estimate', 'background'],
  ['resolution_estimate', 'resolutionA'],
  ['b_factor', 'bFactorA2'],
  ['mosaicity', 'mosaicityDeg'],
  ['profile_radius', 'profileRadiusPerA'],
  ['saturated_pixel_count', 'saturatedPixels'],
  ['error_pixel_count', 'errorPixels'],
  ['strong_pixel_count', 'strongPixels'],
  ['min_viable_pixel_value', 'minPixelValue'],
  ['max_viable_pixel_value', 'maxPixelValue'],
  ['data_collection_efficiency', 'collectedShare'],
  ['ice_ring_score', 'iceRingScore'],
];
const CELL_KEYS: readonly (readonly [key: string, name: FrameValueName])[] = [
  ['a', 'cellA'],
  ['b', 'cellB'],
  ['c', 'cellC'],
  ['alpha', 'cellAlpha'],
  ['beta', 'cellBeta'],
  ['gamma', 'cellGamma'],
];
const NONE: StreamImage['values'] = Object.freeze({});

function finite(value: CborValue): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** What an image message says about its frame. Writers that list the spots without counting them are counted for. */
export function readFrameValues(map: CborMap): StreamImage['values'] {
  const values: Partial<Record<FrameValueName, number>> = {};
  const take = (from: CborMap, keys: typeof KEYS) => {
    for (const [key, name] of keys) {
      const value = finite(from.get(key));
      if (value !== null) values[name] = value;
    }
  };
  take(map, KEYS);
  const cell = map.get('indexing_unit_cell');
  if (isMap(cell)) take(cell, CELL_KEYS);
  const spots = map.get('spots');
  if (values.spots === undefined && Array.isArray(spots)) values.spots = spots.length;
  return Object.keys(values).length === 0 ? NONE : values;
}

/** The same as keys of an image message, for tests and simulators. */
export function frameValueKeys(
  values: StreamImage['values'],
): Record<string, number | boolean | Record<string, number>> {
  const keys: Record<string, number | boolean | Record<string, number>> = {};
  for (const [key, name] of KEYS) {
    const value = values[name];
    if (value !== undefined) keys[key] = name === 'indexed' ? value === 1 : value;
  }
  const cell = CELL_KEYS.flatMap(([key, name]) => {
    const value = values[name];
    return value === undefined ? [] : [[key, value] as const];
  });
  if (cell.length > 0) keys.indexing_unit_cell = Object.fromEntries(cell);
  return keys;
}
