import type { AcquisitionMark, AcquisitionValue, ScanGrid } from '#src/shared/model/acquisition-fields.ts';
import type { CorrectableField, FieldValue } from '#src/shared/model/correction.ts';
import { energyWords, exposureWords, figures } from '#src/shared/model/measured-words.ts';

export const MARK_WORDS: Readonly<Record<AcquisitionMark, { word: string; tone: 'ok' | 'failed' }>> = {
  good: { word: 'Good', tone: 'ok' },
  bad: { word: 'Bad', tone: 'failed' },
};

/** "30 deg", "yes". */
export function valueWords({ value, unit }: AcquisitionValue): string {
  const words = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
  return unit === undefined || unit === '' ? words : `${words} ${unit}`;
}

/** "5 rows × 7 columns, steps 10 × 20 µm, snake". */
export function gridWords({ rows, columns, stepXUm, stepYUm, snake }: ScanGrid): string {
  const steps = [stepXUm, stepYUm].map((step) => (step === undefined ? '?' : figures(step)));
  return [
    `${rows} ${rows === 1 ? 'row' : 'rows'} × ${columns} ${columns === 1 ? 'column' : 'columns'}`,
    ...(stepXUm === undefined && stepYUm === undefined ? [] : [`steps ${steps.join(' × ')} µm`]),
    ...(snake ? ['snake'] : []),
  ].join(', ');
}

/** "puck-1 · 3"; null: nobody said. */
export function positionWords(container: string | null, position: string | null): string | null {
  return [container, position].filter(Boolean).join(' · ') || null;
}

const degrees = (value: number) => `${figures(value, 6)}°`;

/** What a field says; "—" for nothing. */
export function fieldWords(field: CorrectableField, value: FieldValue): string {
  if (value === null) return field === 'sample' ? 'no sample' : '—';
  if (typeof value === 'string') return value;
  if (field === 'energyEv') return energyWords(value);
  if (field === 'exposureS') return exposureWords(value) ?? '0 s';
  return degrees(value);
}

/** "by Ada Lovelace instead of “rotation”"; what nobody had said was entered. */
export function correctionWords(made: {
  field: CorrectableField;
  said: FieldValue;
  by: string | null;
}): string {
  const who = made.by === null ? '' : ` by ${made.by}`;
  if (made.said === null && made.field !== 'sample') return `entered${who}`;
  return `corrected${who}, was ${fieldWords(made.field, made.said)}`;
}
