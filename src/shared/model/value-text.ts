import type { AcquisitionValue } from './acquisition-fields.ts';

/** As people write a number; with a point. */
export const NUMBER_TEXT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

const YES_OR_NO: Readonly<Record<string, boolean>> = { yes: true, true: true, no: false, false: false };

/** Yes, no, or undefined for what is neither. */
export const yesOrNo = (text: string): boolean | undefined => YES_OR_NO[text.toLowerCase()];

/** "30 deg" is a number with its unit, "yes" is true; in quotes, or where it is none of these, it is a text. */
export function valueOfText(typed: string): AcquisitionValue {
  const text = typed.trim();
  const quoted = /^"(.*)"$/.exec(text)?.[1];
  if (quoted !== undefined) return { value: quoted };
  const [, number, unit] = /^(\S+)(?:\s+(\S.*))?$/.exec(text) ?? [];
  if (number !== undefined && NUMBER_TEXT.test(number)) {
    return { value: Number(number), ...(unit === undefined ? {} : { unit }) };
  }
  return { value: yesOrNo(text) ?? text };
}

/** Read again by `valueOfText` it is the same value. */
export function textOfValue({ value, unit }: AcquisitionValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return [String(value), unit].filter(Boolean).join(' ');
  const asText = valueOfText(value);
  return asText.value === value && asText.unit === undefined ? value : `"${value}"`;
}

/**
 * Values such as "kappa = 30 deg", one behind the other with the separator between, and what is wrong with them in one sentence, or null.
 */
export function valuesOfText(
  text: string,
  separator: ';' | '\n',
): { values: Record<string, AcquisitionValue>; fault: string | null } {
  const values: Record<string, AcquisitionValue> = {};
  for (const part of text.split(separator).map((each) => each.trim())) {
    if (part === '') continue;
    const [, name, value] = /^([^=]+?)\s*=\s*(\S.*)$/.exec(part) ?? [];
    if (name === undefined || value === undefined) {
      return { values, fault: `“${part}” is no parameter: write name = value unit.` };
    }
    if (Object.hasOwn(values, name)) return { values, fault: `“${name}” stands there twice.` };
    values[name] = valueOfText(value);
  }
  return { values, fault: null };
}
