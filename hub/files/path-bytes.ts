import { createHash } from 'node:crypto';
import { cleanPrefix } from '#src/shared/model/store-path.ts';

/*
 * Names of files are bytes. Here a path is a text with one character per byte (latin1), so that it can be compared, joined and used as
 * a key; it becomes a Buffer for system calls and readable text for people.
 */
export type PathBytes = string;

export const bytesOf = (path: PathBytes): Buffer => Buffer.from(path, 'latin1');
export const pathBytes = (bytes: Uint8Array): PathBytes => Buffer.from(bytes).toString('latin1');
export const pathBytesOfText = (text: string): PathBytes => Buffer.from(text, 'utf8').toString('latin1');

/** `base` and `name` with a slash between; an empty side falls away. */
export function joinPath(base: PathBytes, name: PathBytes): PathBytes {
  if (base === '') return name;
  return name === '' ? base : `${base}/${name}`;
}

/** "a/b/c" → { parent: "a/b", name: "c" } */
export function splitPath(path: PathBytes): { parent: PathBytes; name: PathBytes } {
  const slash = path.lastIndexOf('/');
  return slash < 0
    ? { parent: '', name: path }
    : { parent: path.slice(0, slash), name: path.slice(slash + 1) };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | null {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    // No UTF-8: the caller has another way to show it.
    return null;
  }
}

const escaped = (byte: number) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;

/** As UTF-8; each byte that is none becomes \xNN. */
export function textOf(path: PathBytes): string {
  const bytes = bytesOf(path);
  const whole = decode(bytes);
  if (whole !== null) return whole;
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((count) => decode(bytes.subarray(at, at + count)) !== null);
    text += length === undefined ? escaped(bytes[at]!) : decode(bytes.subarray(at, at + length))!;
    at += length ?? 1;
  }
  return text;
}

/** For messages and lists: as `textOf`, control characters (a newline in a name) escaped too. */
export function shownPath(path: PathBytes): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  return textOf(path).replaceAll(/[\u0000-\u001f\u007f]/g, (character) => escaped(character.charCodeAt(0)));
}

/** As `cleanPrefix` cuts; a longer name keeps its extension and gets a hash here, so that two long names stay two. */
const MAX_SEGMENT_BYTES = 120;

export const shortHash = (path: PathBytes): string =>
  createHash('sha256').update(bytesOf(path)).digest('hex').slice(0, 8);

/** "frame_1.cbf" → ["frame_1", ".cbf"]; an extension has at most 16 characters, a leading dot begins none. */
export function splitExtension(name: string): [stem: string, extension: string] {
  const found = /^(.+)(\.[A-Za-z0-9]{1,16})$/s.exec(name);
  return found ? [found[1]!, found[2]!] : [name, ''];
}

function clipBytes(text: string, maxBytes: number): string {
  let clipped = '';
  let used = 0;
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > maxBytes) break;
    clipped += character;
  }
  return clipped;
}

function safeSegment(segment: PathBytes): string {
  const text = textOf(segment).replaceAll('\\', '_');
  if (Buffer.byteLength(text) <= MAX_SEGMENT_BYTES) return cleanPrefix(text).prefix || '_';
  const [stem, extension] = splitExtension(text);
  const ending = `_${shortHash(segment)}${extension}`;
  return cleanPrefix(clipBytes(stem, MAX_SEGMENT_BYTES - ending.length) + ending).prefix;
}

/** What the store is asked to call a file: every segment safe, no segment left out. */
export function safePath(path: PathBytes): string {
  return path.split('/').map(safeSegment).join('/');
}

/** Another name for a file whose safe path is that of another file; the same for the same original in every process. */
export function distinctPath(path: PathBytes): string {
  const { parent, name } = splitPath(path);
  const [stem, extension] = splitExtension(safeSegment(name));
  const ending = `_${shortHash(path)}${extension}`;
  const last = clipBytes(stem, MAX_SEGMENT_BYTES - ending.length) + ending;
  return parent === '' ? last : `${safePath(parent)}/${last}`;
}
