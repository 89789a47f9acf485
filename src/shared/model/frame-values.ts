/**
 * What a stream may say about a single frame besides its pixels, by our names. Their order is that of the bits in the files of
 * the HUB's buffer: names are only ever added at the end, and there is room for 32.
 */
export const FRAME_VALUE_NAMES = [
  /** Spots found. */
  'spots',
  /** Of these: at low resolution, in ice rings, indexed. */
  'spotsLowResolution',
  'spotsIceRings',
  'spotsIndexed',
  /** 1 = a lattice was found, 0 = none. */
  'indexed',
  /** Mean counts per pixel between the spots. */
  'background',
  'resolutionA',
  'bFactorA2',
  'mosaicityDeg',
  /** Reciprocal ångström. */
  'profileRadiusPerA',
  /** Cell that was found: ångström and degrees. */
  'cellA',
  'cellB',
  'cellC',
  'cellAlpha',
  'cellBeta',
  'cellGamma',
  'saturatedPixels',
  'errorPixels',
  'strongPixels',
  'minPixelValue',
  'maxPixelValue',
  /** Share of the detector's packets that arrived, 0 to 1. */
  'collectedShare',
  /** Strongest ice ring against its surroundings; 1 = no ice. */
  'iceRingScore',
] as const;
export type FrameValueName = (typeof FRAME_VALUE_NAMES)[number];
