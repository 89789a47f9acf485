import { HOSTILE } from './rest-fuzz.ts';

type Pick = <T>(items: readonly T[]) => T;

const isParent = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Deeper than any input that is meant; what breaks one may have no end. */
const DEEPEST = 6;

/** Where something stands within an input: every field and every item, and the input itself. */
function placesIn(input: unknown, at: readonly string[] = []): string[][] {
  const within =
    isParent(input) && at.length < DEEPEST
      ? Object.entries(input).flatMap(([name, value]) => placesIn(value, [...at, name]))
      : [];
  return [[...at], ...within];
}

function replaced(input: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  if (Array.isArray(input))
    return input.map((item, index) => (String(index) === name ? replaced(item, rest, value) : item));
  const before = input as Record<string, unknown>;
  return { ...before, [name]: replaced(before[name], rest, value) };
}

/**
 * JSON that is right but for one place or two, where something of no wanted type stands, too much of it, or an id of something else.
 * @param ids of things there are, one's own and of others
 */
export function brokenInput(input: unknown, ids: readonly string[], pick: Pick): unknown {
  const places = placesIn(input);
  const once = replaced(input, pick(places), pick([pick(HOSTILE), pick(HOSTILE), pick(ids)]));
  return pick([true, true, false]) ? once : replaced(once, pick(placesIn(once)), pick(HOSTILE));
}
