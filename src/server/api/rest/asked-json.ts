import { AppError } from '#src/shared/errors/app-error.ts';

/** Deeper than any body of an operation. */
const MOST_LEVELS = 16;

/** Throws BAD_INPUT for text that PostgreSQL cannot store, and for a nesting nothing here has. */
function assertStorable(value: unknown, level = 0): void {
  if (level > MOST_LEVELS) throw new AppError('BAD_INPUT', 'The body is nested too deeply.');
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
    throw new AppError(
      'BAD_INPUT',
      'A text has U+0000 or half a surrogate pair in it, which cannot be stored.',
    );
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, field] of Object.entries(value)) {
    assertStorable(name, level);
    assertStorable(field, level + 1);
  }
}

/** The JSON of a body, {} of an empty one. Throws BAD_INPUT. */
export async function askedJson(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.trim() === '') return {};
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new AppError('BAD_INPUT', 'The body is not JSON.');
  }
  assertStorable(json);
  return json;
}

/** The fields behind the question mark. Throws BAD_INPUT where one stands twice or cannot be stored. */
export function askedQuery(search: URLSearchParams): Record<string, string> {
  const fields = [...search];
  const query = Object.fromEntries(fields);
  if (Object.keys(query).length !== fields.length) {
    throw new AppError('BAD_INPUT', 'A parameter of the address stands there twice.');
  }
  assertStorable(query);
  return query;
}
