import type { AcquisitionFacts } from '#src/server/domain/datasets/edit-acquisition.ts';
import { type AcquisitionEdit, acquisitionEditSchema } from '#src/shared/model/acquisition-fields.ts';
import type { AcquisitionKind } from '#src/shared/model/states.ts';
import { NUMBER_TEXT, textOfValue, valuesOfText } from '#src/shared/model/value-text.ts';

/** What stands in the fields of the form, as typed. */
export interface AcquisitionDraft {
  kind: AcquisitionKind;
  sample: string;
  /** Empty: nobody marked it. */
  mark: string;
  comment: string;
  energyEv: string;
  exposureS: string;
  omegaStartDeg: string;
  omegaIncrementDeg: string;
  rows: string;
  columns: string;
  stepXUm: string;
  stepYUm: string;
  snake: boolean;
  /** One a line: kappa = 30 deg. */
  values: string;
}

export type DraftFaults = Partial<Record<keyof AcquisitionDraft, string>>;

interface Written {
  kind: AcquisitionKind;
  sampleName: string | null;
  acquisition: Pick<
    AcquisitionFacts,
    'mark' | 'comment' | 'energyEv' | 'exposureS' | 'omegaStartDeg' | 'omegaIncrementDeg' | 'grid' | 'values'
  >;
}

const textOf = (value: number | null | undefined) => (value == null ? '' : String(value));

export function draftOf({ kind, sampleName, acquisition }: Written): AcquisitionDraft {
  const { grid } = acquisition;
  return {
    kind,
    sample: sampleName ?? '',
    mark: acquisition.mark ?? '',
    comment: acquisition.comment,
    energyEv: textOf(acquisition.energyEv),
    exposureS: textOf(acquisition.exposureS),
    omegaStartDeg: textOf(acquisition.omegaStartDeg),
    omegaIncrementDeg: textOf(acquisition.omegaIncrementDeg),
    rows: textOf(grid?.rows),
    columns: textOf(grid?.columns),
    stepXUm: textOf(grid?.stepXUm),
    stepYUm: textOf(grid?.stepYUm),
    snake: grid?.snake ?? false,
    values: Object.entries(acquisition.values)
      .map(([name, value]) => `${name} = ${textOfValue(value)}`)
      .join('\n'),
  };
}

/** An empty number takes the correction back; a text that is no number stays one, so that the rule of the field refuses it. */
function numberOf(typed: string): number | string | null {
  const text = typed.trim();
  if (text === '') return null;
  return NUMBER_TEXT.test(text) ? Number(text) : text;
}

const GRID_FIELDS = ['rows', 'columns', 'stepXUm', 'stepYUm'] as const;

function gridOf(draft: AcquisitionDraft): Record<string, unknown> | null {
  const given = GRID_FIELDS.filter((name) => draft[name].trim() !== '');
  if (given.length === 0) return null;
  return { ...Object.fromEntries(given.map((name) => [name, numberOf(draft[name])])), snake: draft.snake };
}

/** The draft as the server takes it; of values that cannot be read those before the fault. */
function fieldsOf(draft: AcquisitionDraft): Record<keyof AcquisitionEdit, unknown> {
  return {
    kind: draft.kind,
    sample: draft.sample.trim() || null,
    mark: draft.mark || null,
    comment: draft.comment,
    energyEv: numberOf(draft.energyEv),
    exposureS: numberOf(draft.exposureS),
    omegaStartDeg: numberOf(draft.omegaStartDeg),
    omegaIncrementDeg: numberOf(draft.omegaIncrementDeg),
    grid: gridOf(draft),
    values: valuesOfText(draft.values, '\n').values,
  };
}

/** What is wrong with the draft, field by field, by the rules of the server. */
export function faultsOf(draft: AcquisitionDraft): DraftFaults {
  const parsed = acquisitionEditSchema.safeParse(fieldsOf(draft));
  const found = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const [first, second] = path.map(String);
    return [first === 'grid' ? (second ?? 'rows') : first, message] as const;
  });
  const valuesFault = valuesOfText(draft.values, '\n').fault;
  return Object.fromEntries([...found.toReversed(), ...(valuesFault ? [['values', valuesFault]] : [])]);
}

const FIELD_OF: Partial<Record<keyof AcquisitionDraft, keyof AcquisitionEdit>> = {
  ...{ rows: 'grid', columns: 'grid', stepXUm: 'grid', stepYUm: 'grid', snake: 'grid' },
};

/** The fields that differ from `before`; null while one of them has a fault. */
export function changesOf(draft: AcquisitionDraft, before: AcquisitionDraft): AcquisitionEdit | null {
  const names = (Object.keys(draft) as (keyof AcquisitionDraft)[]).filter(
    (name) => draft[name] !== before[name],
  );
  const fields = fieldsOf(draft);
  const changed = new Set(names.map((name) => FIELD_OF[name] ?? (name as keyof AcquisitionEdit)));
  const parsed = acquisitionEditSchema.safeParse(
    Object.fromEntries([...changed].map((name) => [name, fields[name]])),
  );
  return parsed.success ? parsed.data : null;
}
