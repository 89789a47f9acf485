import { z } from 'zod';
import { plainText } from './plain-text.ts';

const short = plainText({ max: 200 });
/** An empty text is none. */
const optional = short.transform((text) => text || null).nullish();

/** A sample as people and programs write it; what is not given stays as it is, null or an empty text takes it away. */
export const sampleInputSchema = z.object({
  name: plainText({ max: 200, empty: 'A sample needs a name.' }),
  /** Acronym of the protein. */
  protein: optional,
  /** Puck or plate. */
  container: optional,
  position: optional,
  barcode: optional,
  /** Name of the sample it was made from, in the same experiment. */
  parent: optional,
  /** What its handler must know; shown, never decided here. */
  safety: short.optional(),
  comment: plainText({ max: 2000, lines: true }).optional(),
});
export type SampleInput = z.output<typeof sampleInputSchema>;
