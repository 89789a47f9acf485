import { z } from 'zod';
import {
  type AcquisitionValue,
  acquisitionEditFields,
  acquisitionValueSchema,
  type ScanGrid,
  scanGridSchema,
  VALUE_NAME,
  VALUE_NAMES,
} from './acquisition-fields.ts';
import { plainText } from './plain-text.ts';
import { ACQUISITION_KINDS, type AcquisitionKind } from './states.ts';

/*
 * Which key of a stream's user data fills which field of the acquisition. What beamlines put there differs from one to the next, so that the staff of an
 * instrument say it. Nothing that stands in user data can hold an acquisition up: what does not fit is left out, and said.
 */

export const STREAM_FIELDS = {
  sample: 'name of the sample',
  container: 'container of the sample (puck)',
  position: 'position of the sample in its container',
  barcode: 'barcode of the sample',
  kind: 'kind of the acquisition',
  comment: 'comment',
  energyEv: 'energy, eV',
  exposureS: 'exposure of one image, s',
  omegaStartDeg: 'omega start, °',
  omegaIncrementDeg: 'omega step, °',
  'grid.rows': 'rows of the lattice',
  'grid.columns': 'columns of the lattice',
  'grid.snake': 'whether every second row is measured backwards',
  'grid.stepXUm': 'step along a row, µm',
  'grid.stepYUm': 'step from row to row, µm',
  value: 'a value of its own name',
} as const;
export type StreamField = keyof typeof STREAM_FIELDS;
export const STREAM_FIELD_NAMES = Object.keys(STREAM_FIELDS) as StreamField[];

const NUMBERS: readonly StreamField[] = [
  ...(['energyEv', 'exposureS', 'omegaStartDeg', 'omegaIncrementDeg'] as const),
  ...(['grid.rows', 'grid.columns', 'grid.stepXUm', 'grid.stepYUm', 'value'] as const),
];
/** Numbers may come in another unit, and so be multiplied. */
export const takesFactor = (field: StreamField): boolean => NUMBERS.includes(field);

const MOST_RULES = 40;
const MOST_WORDS = 40;
const kind = z.enum(ACQUISITION_KINDS, { error: `One of ${ACQUISITION_KINDS.join(', ')}.` });

export const streamRuleSchema = z
  .strictObject({
    /** Name in the user data; a dot leads into an object: scan.type. */
    key: plainText({ max: 200, empty: 'Give the name that stands in the user data, as sample_name.' }),
    field: z.enum(STREAM_FIELD_NAMES),
    /** Of a value: what it is called here, and the unit it is measured in. */
    name: z.string().trim().regex(VALUE_NAME, VALUE_NAMES).optional(),
    unit: plainText({ max: 20 }).optional(),
    /** What the number is multiplied by: 1000 for an energy in keV. */
    factor: z
      .number({ error: 'Write a number with a point, as 0.001.' })
      .refine((factor) => factor !== 0 && Math.abs(factor) <= 1e12, 'Not 0, and at most 1e12.')
      .optional(),
    /** What the words of the stream mean, without case: { "OSC": "rotation" }. */
    kinds: z
      .record(plainText({ max: 100, empty: 'A word is not empty.' }), kind)
      .refine((words) => Object.keys(words).length <= MOST_WORDS, `At most ${MOST_WORDS} words.`)
      .optional(),
  })
  .superRefine(({ field, name, unit, factor, kinds }, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const isValue = field === 'value';
    if (isValue && name === undefined) fault('name', 'Say what the value is called here.');
    if (!isValue && name !== undefined) fault('name', 'Only a value has a name of its own.');
    if (!isValue && unit !== undefined) fault('unit', 'Only a value has a unit of its own.');
    if (factor !== undefined && !takesFactor(field)) fault('factor', 'This is not a number.');
    if (kinds !== undefined && field !== 'kind') fault('kinds', 'Words are translated for the kind alone.');
  });
export type StreamRule = z.output<typeof streamRuleSchema>;

/** Of several rules for one field the first whose key is there counts. */
export const streamRulesSchema = z.array(streamRuleSchema).max(MOST_RULES, `At most ${MOST_RULES} rules.`);

/** What the user data say, field by field; what they do not say is not there. */
export interface FromStream {
  sample?: string;
  container?: string;
  position?: string;
  barcode?: string;
  kind?: AcquisitionKind;
  comment?: string;
  energyEv?: number;
  exposureS?: number;
  omegaStartDeg?: number;
  omegaIncrementDeg?: number;
  grid?: ScanGrid;
  values: Record<string, AcquisitionValue>;
  /** One sentence for each key that is there and could not be taken. */
  ignored: string[];
}

/** By its own name first, else into the objects it leads to. */
function found(from: unknown, key: string): unknown {
  if (typeof from !== 'object' || from === null) return undefined;
  if (Object.hasOwn(from, key)) return (from as Record<string, unknown>)[key];
  for (let dot = key.indexOf('.'); dot > 0; dot = key.indexOf('.', dot + 1)) {
    const inside = key.slice(0, dot);
    if (!Object.hasOwn(from, inside)) continue;
    const value = found((from as Record<string, unknown>)[inside], key.slice(dot + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}

const numberOf = (value: unknown): number | null => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
};
const textOf = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;

const YES_AND_NO: Readonly<Record<string, boolean>> = {
  ...{ true: true, yes: true, '1': true, snake: true },
  ...{ false: false, no: false, '0': false },
};

const short = plainText({ max: 200, empty: 'It is empty.' });
const TEXTS = {
  ...{ sample: short, container: short, position: short, barcode: short },
  comment: acquisitionEditFields.comment.unwrap(),
};
const SINGLE_NUMBERS = {
  energyEv: acquisitionEditFields.energyEv,
  exposureS: acquisitionEditFields.exposureS,
  omegaStartDeg: acquisitionEditFields.omegaStartDeg,
  omegaIncrementDeg: acquisitionEditFields.omegaIncrementDeg,
};
const isIn = <T extends object>(name: PropertyKey, table: T): name is keyof T => Object.hasOwn(table, name);

/** Throws the sentence that says what does not fit. */
class Misfit extends Error {}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new Misfit(result.error.issues[0]!.message);
  return result.data;
}

function number(value: unknown, factor = 1): number {
  const plain = numberOf(value);
  if (plain === null) throw new Misfit('It is no number.');
  // 12.4 × 1000 is 12400, not 12400.000000000002.
  return Number((plain * factor).toPrecision(15));
}

function kindOf(value: unknown, kinds: StreamRule['kinds'] = {}): AcquisitionKind {
  const word = parsed(short, textOf(value)).toLowerCase();
  const meant = Object.entries(kinds).find(([from]) => from.toLowerCase() === word)?.[1];
  return meant ?? parsed(kind, word);
}

function singleValue(value: unknown, { unit, factor }: StreamRule): AcquisitionValue {
  const plain = factor === undefined ? value : number(value, factor);
  if (typeof plain === 'object') throw new Misfit('It is no single value.');
  return parsed(acquisitionValueSchema, { value: plain, ...(unit === undefined ? {} : { unit }) });
}

function gridValue(field: StreamField, value: unknown, factor: number | undefined): unknown {
  if (field !== 'grid.snake') return number(value, factor);
  const yes = YES_AND_NO[String(value).trim().toLowerCase()];
  if (yes === undefined) throw new Misfit('It is neither yes nor no.');
  return yes;
}

/** What these rules make of the user data of a start message. Never throws. */
export function readStreamFields(rules: readonly StreamRule[], userData: unknown): FromStream {
  const told: FromStream = { values: {}, ignored: [] };
  const grid: Record<string, unknown> = {};
  for (const rule of rules) {
    const { key, field } = rule;
    const value = found(userData, key);
    if (value === undefined || value === null || value === '') continue;
    try {
      if (field === 'value') told.values[rule.name!] ??= singleValue(value, rule);
      else if (field === 'kind') told.kind ??= kindOf(value, rule.kinds);
      else if (isIn(field, TEXTS)) told[field] ??= parsed(TEXTS[field], textOf(value));
      else if (isIn(field, SINGLE_NUMBERS))
        told[field] ??= parsed(SINGLE_NUMBERS[field], number(value, rule.factor))!;
      else grid[field.slice('grid.'.length)] ??= gridValue(field, value, rule.factor);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      told.ignored.push(ignored(key, value, error.message));
    }
  }
  if (Object.keys(grid).length === 0) return told;
  const lattice = scanGridSchema.safeParse(grid);
  if (lattice.success) told.grid = lattice.data;
  else told.ignored.push(`The lattice was not taken. ${lattice.error.issues[0]!.message}`);
  return told;
}

const MOST_LETTERS = 60;
function ignored(key: string, value: unknown, why: string): string {
  // Control characters are written out: what stands here is shown and kept.
  const text = (JSON.stringify(value) ?? String(value)).replaceAll(/\p{Cc}|\p{Cf}/gu, ' ');
  const letters = [...text.toWellFormed()];
  const start = letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS).join('')}…` : text;
  return `${key} ${start.toWellFormed()} was not taken. ${why}`;
}
