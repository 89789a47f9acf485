import { AppError } from '#src/shared/errors/app-error.ts';
import { isUuid } from '#src/shared/model/uuid.ts';
import type { Operation } from './operation.ts';

const noSuchThing = () => new AppError('NOT_FOUND');

/** Throws BAD_INPUT where the address is not percent-encoded UTF-8. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AppError('BAD_INPUT', 'The address is not percent-encoded UTF-8.');
  }
}

/** The segments behind the names of the pattern, as they stand in the address; null when the path is another one. */
function matched(pattern: string, segments: readonly string[]): Record<string, string> | null {
  const wanted = pattern.split('/').slice(1);
  const takesRest = wanted.at(-1)!.endsWith('*}');
  if (takesRest ? segments.length < wanted.length : segments.length !== wanted.length) return null;
  const params: Record<string, string> = {};
  for (const [place, part] of wanted.entries()) {
    const name = /^\{(\w+)\*?\}$/.exec(part)?.[1];
    const rest = place === wanted.length - 1 && takesRest;
    const found = rest ? segments.slice(place).join('/') : segments[place]!;
    if (found === '' || (name === undefined && found !== part)) return null;
    if (name !== undefined) params[name] = found;
  }
  return params;
}

/** Which operation a request asks for, and what its path says. Throws NOT_FOUND, METHOD_NOT_ALLOWED, BAD_INPUT. */
export function findOperation(
  operations: readonly Operation[],
  method: string,
  /** Behind /api/v1, as it stands in the address: still encoded, beginning with a slash. */
  path: string,
): { operation: Operation; params: Record<string, string> } {
  const segments = path.split('/').slice(1);
  const here = operations.flatMap((operation) => {
    const params = matched(operation.path, segments);
    return params ? [{ operation, params }] : [];
  });
  if (here.length === 0) {
    throw new AppError('NOT_FOUND', 'There is no such operation; /api/v1/docs lists those there are.');
  }
  const found = here.find(({ operation }) => operation.method === method);
  if (!found) {
    const methods = [...new Set(here.map(({ operation }) => operation.method))];
    throw new AppError('METHOD_NOT_ALLOWED', {
      message: `This address answers ${methods.join(' and ')}, not ${method}.`,
      details: { allow: methods.join(', ') },
    });
  }
  const params = Object.fromEntries(
    Object.entries(found.params).map(([name, segment]) => [name, decoded(segment)]),
  );
  for (const [name, text] of Object.entries(params)) {
    // What is no id, or cannot be stored, is the name of nothing there is.
    if (name.endsWith('Id') && !isUuid(text)) throw noSuchThing();
    if (text.includes('\0') || !text.isWellFormed()) throw noSuchThing();
  }
  return { operation: found.operation, params };
}
