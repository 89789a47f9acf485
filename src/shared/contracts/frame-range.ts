import { z } from 'zod';

/** [first, last], both inclusive, 0-based image ids. */
export const frameRangeSchema = z.tuple([z.int().nonnegative(), z.int().nonnegative()]);
export type FrameRange = z.infer<typeof frameRangeSchema>;
