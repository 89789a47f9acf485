/**
 * What people type to find names, as a pattern for LIKE without case: `*` stands for anything and `?` for one character, and then the whole name
 * is meant; without either the words may stand anywhere in it. With a slash paths are meant. Null: nothing is asked.
 */
export function namePattern(typed: string): { like: string; ofPath: boolean } | null {
  const text = typed.normalize('NFC').trim();
  if (text === '') return null;
  const literal = text.replaceAll(/[\\%_]/g, '\\$&');
  const like = /[*?]/.test(text) ? literal.replaceAll('*', '%').replaceAll('?', '_') : `%${literal}%`;
  return { like, ofPath: text.includes('/') };
}
