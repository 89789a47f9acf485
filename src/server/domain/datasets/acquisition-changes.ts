import { isDeepStrictEqual } from 'node:util';
import type { Geometry } from '../../../shared/contracts/geometry.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import {
  type AcquisitionEdit,
  type AcquisitionValue,
  type Announcement,
  MOST_VALUES_KEPT,
} from '../../../shared/model/acquisition-fields.ts';
import { asMeasured } from '../../../shared/model/as-measured.ts';
import { type Correction, correct, type FieldStates, say } from '../../../shared/model/correction.ts';
import type { AcquisitionKind } from '../../../shared/model/states.ts';
import type { AcquisitionRow } from './announced.repository.ts';

/** What is written about an acquisition. */
const EMPTY = {
  name: null,
  externalId: null,
  seriesId: null,
  kind: 'other',
  energyEv: null,
  exposureS: null,
  omegaStartDeg: null,
  omegaIncrementDeg: null,
  grid: null,
  mark: null,
  comment: '',
  corrections: {},
  parameters: {},
} as const;
export type Content = Pick<AcquisitionRow, keyof typeof EMPTY>;

/** An acquisition as far as it is known: nothing of one that is new. */
export interface Known {
  content: Content;
  sampleName: string | null;
  /** Of its data; null while none have come. */
  geometry: Geometry | null;
}
export const NOTHING_KNOWN: Known = { content: EMPTY, sampleName: null, geometry: null };

/** Columns that change, and the name of the sample where that changes. */
export interface Changes {
  columns: Partial<Content>;
  sample?: string | null;
}

export const isChange = ({ columns, sample }: Changes) =>
  sample !== undefined || Object.keys(columns).length > 0;

export const valuesOf = ({ parameters }: Pick<AcquisitionRow, 'parameters'>) =>
  (parameters.values ?? {}) as Record<string, AcquisitionValue>;

export function statesOf({ content, sampleName, geometry }: Known): FieldStates {
  const { energyEv, exposureS, omegaStartDeg, omegaIncrementDeg } = geometry
    ? asMeasured(content, geometry)
    : content;
  return {
    values: { kind: content.kind, sample: sampleName, energyEv, exposureS, omegaStartDeg, omegaIncrementDeg },
    corrections: content.corrections,
  };
}

/** What differs; a number that is what the data say stays theirs. */
function difference(known: Known, wanted: Partial<Content>, states: FieldStates): Changes {
  const before = statesOf(known);
  const { sample, kind, ...numbers } = states.values;
  const changedNumbers = Object.fromEntries(
    Object.entries(numbers).filter(
      ([field, value]) => value !== before.values[field as keyof typeof numbers],
    ),
  ) as Partial<Content>;
  const all: Partial<Content> = {
    ...{ ...wanted, ...changedNumbers, kind: kind as AcquisitionKind },
    corrections: states.corrections,
  };
  const columns = Object.entries(all).filter(
    ([field, value]) =>
      value !== undefined && !isDeepStrictEqual(value, known.content[field as keyof Content]),
  );
  return {
    columns: Object.fromEntries(columns) as Partial<Content>,
    ...(sample === before.values.sample ? {} : { sample: sample as string | null }),
  };
}

function withValues(content: Content, values: Record<string, AcquisitionValue> | undefined) {
  if (values === undefined) return {};
  if (Object.keys(values).length > MOST_VALUES_KEPT) {
    throw new AppError('BAD_INPUT', `An acquisition keeps at most ${MOST_VALUES_KEPT} values.`);
  }
  return { parameters: { ...content.parameters, values } };
}

/** By whom something is corrected; null: it is not a correction but what the source of the data says. */
export type By = Omit<Correction, 'said'> | null;

/** What an announcement changes; said `by` a person of what was measured, it corrects. Values are added to those said before. */
export function announcedChanges(known: Known, said: Announcement, by: By): Changes {
  const { id, name, seriesId, mark, comment, grid, values, ...fields } = said;
  const states = by && known.geometry ? correct(statesOf(known), fields, by) : say(statesOf(known), fields);
  const wanted = {
    ...{ externalId: id, name, seriesId, mark, comment, grid },
    ...withValues(known.content, values && { ...valuesOf(known.content), ...values }),
  };
  return difference(known, wanted, states);
}

/** What a person's correction changes. Values are all there are then. */
export function editedChanges(known: Known, edit: AcquisitionEdit, by: NonNullable<By>): Changes {
  const { mark, comment, grid, values, ...fields } = edit;
  const wanted = { mark, comment, grid, ...withValues(known.content, values) };
  return difference(known, wanted, correct(statesOf(known), fields, by));
}
