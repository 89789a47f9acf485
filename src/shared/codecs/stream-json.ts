import type { JsonLike } from '../model/stream.ts';

/*
 * JSON from a network: bounded in size, depth and number of items, so that nobody who walks it later (a recursive writer, the
 * database) runs out of stack or memory.
 */

/** Detector configurations have some kilobytes; what people append to them is theirs. */
export const MAX_JSON_BYTES = 1024 * 1024;
const MAX_DEPTH = 16;
const MAX_ITEMS = 100_000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Members still allowed after `value` with everything in it; negative when it is too deep or too large. */
function itemsLeft(value: unknown, depth: number, allowed: number): number {
  if (typeof value !== 'object' || value === null) return allowed - 1;
  if (depth === 0) return -1;
  let left = allowed - 1;
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    left = itemsLeft(member, depth - 1, left);
    if (left < 0) return left;
  }
  return left;
}

/** The value a text holds; undefined when it is no JSON or is beyond the limits. */
export function parseBoundedJson(text: string): JsonLike | undefined {
  if (text.length > MAX_JSON_BYTES) return undefined;
  try {
    const value = JSON.parse(text) as JsonLike;
    return itemsLeft(value, MAX_DEPTH, MAX_ITEMS) < 0 ? undefined : value;
  } catch {
    // No JSON, or nested so deeply that the parser gave up: either way the caller says what that means.
    return undefined;
  }
}

/** UTF-8 text of at most MAX_JSON_BYTES; undefined when the bytes are something else. */
export function boundedText(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_JSON_BYTES) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    // Not UTF-8.
    return undefined;
  }
}

/** A JSON object in UTF-8; undefined when the bytes are anything else or beyond the limits. */
export function readJsonObject(bytes: Uint8Array): { readonly [key: string]: JsonLike } | undefined {
  // Blobs stand where JSON may stand: a look at the first byte spares reading megabytes of pixels as text.
  const first = bytes[0];
  if (first === undefined || !(first === 0x7b || first <= 0x20)) return undefined;
  const text = boundedText(bytes);
  const value = text === undefined ? undefined : parseBoundedJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: JsonLike })
    : undefined;
}

/** What people send along: JSON where the text is an object or a list, else the text itself. */
export function readUserText(text: string): JsonLike {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') && !trimmed.startsWith('[')) return text;
  // Not JSON after all: a person's text that begins with a bracket.
  return parseBoundedJson(trimmed) ?? text;
}
