/** What the source of the data says as well, so that a person's word stands beside it and not in its place. */
export const CORRECTABLE_FIELDS = [
  'kind',
  'sample',
  'energyEv',
  'exposureS',
  'omegaStartDeg',
  'omegaIncrementDeg',
] as const;
export type CorrectableField = (typeof CORRECTABLE_FIELDS)[number];

/** A kind, the name of a sample, a number; null: nothing is said. */
export type FieldValue = string | number | null;

export interface Correction {
  /** By the data themselves or the program that announced them. */
  said: FieldValue;
  /** Null: not a person. */
  personId: string | null;
  /** ISO 8601. */
  at: string;
}

/** As the database keeps them. */
export type Corrections = Partial<Record<CorrectableField, Correction>>;

export interface FieldStates {
  values: Record<CorrectableField, FieldValue>;
  corrections: Corrections;
}

type Wanted = Partial<Record<CorrectableField, FieldValue | undefined>>;

function* given(wanted: Wanted): Generator<[CorrectableField, FieldValue]> {
  for (const field of CORRECTABLE_FIELDS) {
    const value = wanted[field];
    if (value !== undefined) yield [field, value];
  }
}

/**
 * A person says otherwise: what the source said is kept beside it. Saying what the source says takes the correction back; so does null, but for a
 * sample, where it means that there is none.
 */
export function correct(before: FieldStates, wanted: Wanted, by: Omit<Correction, 'said'>): FieldStates {
  const values = { ...before.values };
  const corrections = { ...before.corrections };
  for (const [field, value] of given(wanted)) {
    const known = corrections[field];
    const said = known ? known.said : values[field];
    const next = value === null && field !== 'sample' ? said : value;
    if (next === values[field]) continue;
    values[field] = next;
    if (next === said) delete corrections[field];
    else corrections[field] = { said, ...by };
  }
  return { values, corrections };
}

/** The source says it: a field that a person corrected keeps the person's word. */
export function say(before: FieldStates, told: Wanted): FieldStates {
  const values = { ...before.values };
  const corrections = { ...before.corrections };
  for (const [field, value] of given(told)) {
    const known = corrections[field];
    if (!known) values[field] = value;
    else if (value === values[field]) delete corrections[field];
    else corrections[field] = { ...known, said: value };
  }
  return { values, corrections };
}
