import { AppError } from '../../shared/errors/app-error.ts';

/** Of a path as it is told, in characters. */
const LONGEST_PLACE = 200;

const isUnstorable = (text: string) => text.includes('\0') || !text.isWellFormed();

/**
 * Where in an input a text stands that PostgreSQL keeps in no column: one with the character U+0000, or with half a surrogate pair, which is no Unicode
 * text. As a path with dots, `(input)` for the input itself; null where all can be kept. Names of fields count too.
 */
export function unstorableText(input: unknown): string | null {
  // No recursion: what strangers send may be nested as deep as they like.
  const waiting: { value: unknown; path: string }[] = [{ value: input, path: '' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next;
    if (typeof value === 'string' && isUnstorable(value)) return path || '(input)';
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, own] of Object.entries(value)) {
      if (isUnstorable(name)) return path || '(input)';
      waiting.push({ value: own, path: path ? `${path}.${name}` : name });
    }
  }
  return null;
}

/** Refuses such an input, with the field. */
export function requireStorable(input: unknown): void {
  const place = unstorableText(input);
  if (place === null) return;
  const field = place.slice(0, LONGEST_PLACE);
  const fault = 'This holds a character that no text can hold: type it anew.';
  throw new AppError('BAD_INPUT', { message: `${field}: ${fault}`, details: { fields: { [field]: fault } } });
}
