import { z } from 'zod';

/** What is known of the measurement behind a dataset. Null or absent = the source did not say; nothing is invented. */
export const geometrySchema = z.object({
  imageSizeXPx: z.int().positive(),
  imageSizeYPx: z.int().positive(),
  pixelSizeXM: z.number().positive().nullish(),
  pixelSizeYM: z.number().positive().nullish(),
  /** Pixel coordinates of the direct beam; null when the detector reported 0/0, which means "not set". */
  beamCenterXPx: z.number().nullish(),
  beamCenterYPx: z.number().nullish(),
  detectorDistanceM: z.number().positive().nullish(),
  wavelengthA: z.number().positive().nullish(),
  energyEv: z.number().positive().nullish(),
  frameTimeS: z.number().nonnegative().nullish(),
  countTimeS: z.number().nonnegative().nullish(),
  omegaStartDeg: z.number().nullish(),
  omegaIncrementDeg: z.number().nullish(),
  saturationValue: z.number().nullish(),
  sensorMaterial: z.string().nullish(),
  sensorThicknessM: z.number().nullish(),
  detectorDescription: z.string().nullish(),
  detectorSerialNumber: z.string().nullish(),
  thresholdsEv: z.record(z.string(), z.number()).nullish(),
});
export type Geometry = z.infer<typeof geometrySchema>;

export const dtypeSchema = z.enum(['u1', 'u2', 'u4', 'u8', 'i1', 'i2', 'i4', 'i8', 'f4', 'f8']);
/**
 * How a stored frame is compressed: HDF5 filters 32008 (LZ4, Zstandard), 32004, 1 (gzip) and 2 with 1 (its bytes shuffled before), the
 * byte-offset section of a CBF file, or a whole TIFF file.
 */
export const chunkFilterSchema = z.enum([
  'bslz4',
  'bszstd',
  'lz4',
  'gzip',
  'shuffle-gzip',
  'byte-offset',
  'tiff',
  'none',
]);
export type ChunkFilter = z.infer<typeof chunkFilterSchema>;

export const channelSchema = z.object({
  name: z.string().min(1).max(64),
  dtype: dtypeSchema,
  /** [rows (slow), columns (fast)] */
  shape: z.tuple([z.int().positive(), z.int().positive()]),
  filter: chunkFilterSchema,
});
export type Channel = z.infer<typeof channelSchema>;

/** A channel of files that another program wrote. */
export const fileChannelSchema = channelSchema.extend({
  /**
   * Where HDF5 files have its frames: path of a dataset [frame, y, x], or [frame, channel, y, x] with its index there. Absent: where data
   * files usually have them, which tells nothing where there are several channels.
   */
  place: z.object({ object: z.string().min(1).max(1000), index: z.int().nonnegative() }).optional(),
});
export type FileChannel = z.infer<typeof fileChannelSchema>;
