import { z } from 'zod';
import { plainText } from './plain-text.ts';
import { ACQUISITION_KINDS } from './states.ts';

/** What a person holds of the data. */
export const ACQUISITION_MARKS = ['good', 'bad'] as const;
export type AcquisitionMark = (typeof ACQUISITION_MARKS)[number];

/** One fact of an acquisition that has no field of its own, with the unit it is measured in. */
export const acquisitionValueSchema = z.object({
  value: z.union([z.number(), z.boolean(), plainText({ max: 500 })]),
  unit: plainText({ max: 20 }).optional(),
});
export type AcquisitionValue = z.output<typeof acquisitionValueSchema>;

const MOST_VALUES = 100;
/** Said with new names again and again, the values of one acquisition would grow without end. */
export const MOST_VALUES_KEPT = 300;

const MOST_LINES = 100_000;
const lines = z
  .int({
    error: ({ input }) =>
      input === undefined ? 'A lattice needs rows and columns.' : 'Write a whole number.',
  })
  .min(1, 'At least 1.')
  .max(MOST_LINES, `At most ${MOST_LINES}.`);
const number = () => z.number({ error: 'Write a number with a point, as 12398.4.' });
const stepUm = number().positive('More than 0.').max(1e6, 'At most 1000000.').optional();

/** The lattice of a scan; steps in µm. */
export const scanGridSchema = z.object({
  rows: lines,
  columns: lines,
  /** Every second row is measured backwards. */
  snake: z.boolean({ error: 'Write yes or no.' }).default(false),
  stepXUm: stepUm,
  stepYUm: stepUm,
});
export type ScanGrid = z.output<typeof scanGridSchema>;

/** How a value of its own is called. */
export const VALUE_NAME = /^[A-Za-z][\w .-]{0,59}$/;
export const VALUE_NAMES =
  'Names have letters, digits, spaces, dots and hyphens, at most 60, and begin with a letter.';
const values = (most: number) =>
  z
    .record(z.string().regex(VALUE_NAME), acquisitionValueSchema, {
      error: ({ code }) => (code === 'invalid_key' ? VALUE_NAMES : undefined),
    })
    .refine((each) => Object.keys(each).length <= most, `At most ${most} values.`);

const fields = {
  kind: z.enum(ACQUISITION_KINDS, { error: `One of ${ACQUISITION_KINDS.join(', ')}.` }),
  /** Name of the sample; added to the experiment when it has none of that name. */
  sample: plainText({ max: 200, empty: 'A sample needs a name.' }),
  mark: z.enum(ACQUISITION_MARKS, { error: `One of ${ACQUISITION_MARKS.join(', ')}.` }),
  comment: plainText({ max: 2000, lines: true }),
  energyEv: number().positive('More than 0.').max(1e6, 'At most 1000000 eV.'),
  /** Of one image. */
  exposureS: number().positive('More than 0.').max(1e5, 'At most 100000 s.'),
  omegaStartDeg: number().min(-36_000, 'At least -36000°.').max(36_000, 'At most 36000°.'),
  /** From one image to the next; 0: nothing turns. */
  omegaIncrementDeg: number().min(-360, 'At least -360°.').max(360, 'At most 360°.'),
  grid: scanGridSchema,
};

const externalId = plainText({ max: 200, empty: 'An id is not empty.' });

/** What is said of an acquisition, before, during or after it; what is not given stays. */
export const announcementFields = {
  /** What another program knows it by; said again with the same id, it is the same acquisition, whatever its name is then. */
  id: externalId.optional(),
  /** As its files begin below their folder: lyso/run_1. */
  name: plainText({ max: 300, empty: 'Give the name its files begin with, as lyso/run_1.' })
    .refine(
      (name) => !/^\/|\/$|\/\/|(^|\/)\.\.?(\/|$)/.test(name),
      'A name has no slash at its ends, and no . or .. in it.',
    )
    .optional(),
  /** The detector's own id of the series. */
  seriesId: plainText({ max: 200, empty: 'A series id is not empty.' }).optional(),
  kind: fields.kind.optional(),
  sample: fields.sample.optional(),
  mark: fields.mark.optional(),
  comment: fields.comment.optional(),
  energyEv: fields.energyEv.optional(),
  exposureS: fields.exposureS.optional(),
  omegaStartDeg: fields.omegaStartDeg.optional(),
  omegaIncrementDeg: fields.omegaIncrementDeg.optional(),
  grid: fields.grid.optional(),
  /** `{ "kappa": { "value": 30, "unit": "deg" } }`; each is added to those said before. */
  values: values(MOST_VALUES).optional(),
};

export const NAMELESS = 'Give the name its files begin with, or the series id of the detector.';
export const isNamed = ({ name, seriesId }: { name?: unknown; seriesId?: unknown }) =>
  name !== undefined || seriesId !== undefined;

export const announcementSchema = z
  .object(announcementFields)
  .refine(isNamed, { error: NAMELESS, path: ['name'] });
export type Announcement = z.output<typeof announcementSchema>;

/**
 * What a person corrects; what is not given stays. Null takes a sample, a mark or a grid away, and gives a number back what its source said. `values` are
 * all there are then.
 */
export const acquisitionEditFields = {
  kind: fields.kind.optional(),
  sample: fields.sample.nullish(),
  mark: fields.mark.nullish(),
  comment: fields.comment.optional(),
  energyEv: fields.energyEv.nullish(),
  exposureS: fields.exposureS.nullish(),
  omegaStartDeg: fields.omegaStartDeg.nullish(),
  omegaIncrementDeg: fields.omegaIncrementDeg.nullish(),
  grid: fields.grid.nullish(),
  values: values(MOST_VALUES_KEPT).optional(),
};
export const acquisitionEditSchema = z.object(acquisitionEditFields);
export type AcquisitionEdit = z.output<typeof acquisitionEditSchema>;
