import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import type { ParameterValue } from '#src/shared/contracts/parameter-values.ts';

/** What a value of an input looks like to people; datasets by their names where they are known. */
export function parameterText(
  parameter: Pick<TemplateParameter, 'unit' | 'type'>,
  value: ParameterValue | undefined,
  datasets: Readonly<Record<string, string>> = {},
): string {
  if (value == null) return '—';
  const nameOf = (id: string) => datasets[id]?.replace(/^raw\//, '') ?? 'a dataset that is gone';
  if (Array.isArray(value)) return value.map(nameOf).join(', ');
  if (parameter.type === 'dataset') return nameOf(String(value));
  const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
  return parameter.unit ? `${text}\u00a0${parameter.unit}` : text;
}

function rangeWords({ min, max, unit }: Pick<TemplateParameter, 'min' | 'max' | 'unit'>): string | null {
  const ended = unit ? `\u00a0${unit}` : '';
  if (min != null && max != null) return `${min} to ${max}${ended}`;
  if (min != null) return `at least ${min}${ended}`;
  return max != null ? `at most ${max}${ended}` : null;
}

/** What stands below the field of an input: what it is, its range, and what happens when it stays empty. */
export function parameterHint(parameter: TemplateParameter): string | undefined {
  const { description, optional, type } = parameter;
  const range = rangeWords(parameter);
  const fallback =
    parameter.default != null && parameter.default !== '' && type !== 'boolean' && type !== 'choice'
      ? `Empty: ${parameter.default}.`
      : optional && !/\bempty:/i.test(description)
        ? 'May stay empty.'
        : null;
  const sentence = [
    description.trim(),
    range && `${range.charAt(0).toUpperCase()}${range.slice(1)}.`,
    fallback,
  ]
    .filter(Boolean)
    .join(' ');
  return sentence === '' ? undefined : sentence;
}
