/** Crockford's base 32 in small letters: no i, l, o, u to be misread. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
const MAX_WORDS = 30;

/**
 * The name of a new template in addresses and folders: what people called it, and four letters of chance, so that whether a name is free tells
 * nobody what others have. "DIALS (quick)" → "dials-quick-7k2q". `random`: four bytes.
 */
export function freshSlug(name: string, random: Uint8Array): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_WORDS)
    .replaceAll(/^[^a-z]+|-+$/g, '');
  const chance = [...random.subarray(0, 4)].map((byte) => LETTERS[byte & 31]).join('');
  return `${words === '' ? 'template' : words}-${chance}`;
}
