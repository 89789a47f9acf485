import { AppError } from '../errors/app-error.ts';
import { FOLDERS } from './states.ts';

/**
 * Path rules. A name from a stream, a form or a job decides where bytes land, so there are two doors: `cleanPrefix`
 * makes anything safe and says what it changed; `assertStorePath` and `assertStoreKey` refuse whatever is not safe
 * already. Both are pure text; that a path does not leave the store through a link is the driver's check.
 */

/** Names are limited by file systems in bytes (255); what is left serves `_2`, `_data_000001.h5` and temporary names. */
const MAX_CLEAN_SEGMENT_BYTES = 120;
const MAX_CLEAN_DEPTH = 8;
const MAX_CLEAN_BYTES = 400;
const MAX_SEGMENT_BYTES = 255;
const MAX_PATH_BYTES = 1000;

/** Names Windows keeps for devices, with any extension ("NUL.h5" too): users copy their data there. */
const DEVICE_NAME = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** C0, DEL and C1 controls, line and paragraph separators, zero-width and direction marks (they disguise names), noncharacters. */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff]/u;
const UNSEEN_ALL = new RegExp(UNSEEN.source, 'gu');
/** Forbidden on Windows, or special to a shell's globbing and redirection. */
const AWKWARD_ALL = /[<>:"|?*]/g;

const utf8 = new TextEncoder();
const byteLength = (text: string) => utf8.encode(text).length;

/** The longest start of `text` of at most `maxBytes` UTF-8 bytes that cuts no character in two. */
function clipBytes(text: string, maxBytes: number): string {
  if (byteLength(text) <= maxBytes) return text;
  let used = 0;
  let clipped = '';
  for (const character of text) {
    used += byteLength(character);
    if (used > maxBytes) break;
    clipped += character;
  }
  return clipped;
}

export interface CleanedPrefix {
  /** Relative, `/` between segments, no empty, `.` or `..` segment; empty when nothing usable was left. */
  prefix: string;
  /** What was changed, one sentence each, for the log and the cockpit; empty when nothing was. */
  changes: string[];
}

function cleanSegment(raw: string, tell: (change: string) => void): string {
  const replaced = raw.replaceAll(UNSEEN_ALL, '_').replaceAll(AWKWARD_ALL, '_');
  if (replaced !== raw) tell('characters that not every system can store became "_"');
  // Windows drops dots and spaces at the end, so "a." and "a" would be one file there.
  const trimmed = replaced.trim().replace(/[.\s]+$/u, '');
  if (trimmed !== replaced) tell('spaces at the ends and dots at the end of a name were removed');
  // Hidden files are easily lost in a copy; a leading hyphen or tilde is taken for an option or a home folder by shells.
  let segment = trimmed.replace(/^[.\-~]/u, '_');
  if (segment !== trimmed) tell('a leading ".", "-" or "~" of a name became "_"');
  if (DEVICE_NAME.test(segment)) {
    tell(`"${clipBytes(segment, 20)}" is reserved on Windows and got a "_" before it`);
    segment = `_${segment}`;
  }
  const clipped = clipBytes(segment, MAX_CLEAN_SEGMENT_BYTES);
  if (clipped === segment) return segment;
  tell(`a name longer than ${MAX_CLEAN_SEGMENT_BYTES} bytes was cut`);
  return clipped.replace(/[.\s]+$/u, '');
}

/**
 * Makes the wanted name of a series safe: keeps its folders, never leaves the experiment. Idempotent: cleaning what was
 * cleaned changes nothing. May return an empty prefix; the caller then chooses a name of its own (`series_<id>`).
 */
export function cleanPrefix(wanted: string): CleanedPrefix {
  const changes: string[] = [];
  const tell = (change: string) => {
    if (!changes.includes(change)) changes.push(change);
  };
  let text = wanted.toWellFormed().normalize('NFC');
  if (text !== wanted) tell('its characters were normalised (Unicode NFC)');
  if (text.includes('\\')) {
    tell('backslashes became slashes');
    text = text.replaceAll('\\', '/');
  }
  if (text.startsWith('/')) tell('a leading slash was removed: names are relative to the experiment');
  const segments: string[] = [];
  let usedBytes = 0;
  for (const raw of text.split('/')) {
    if (raw === '') continue;
    if (/^\s*\.{1,2}\s*$/u.test(raw)) {
      tell(`the segment "${raw.trim()}" was removed`);
      continue;
    }
    const segment = cleanSegment(raw, tell);
    if (segment === '') {
      tell('an empty segment was removed');
      continue;
    }
    if (segments.length === MAX_CLEAN_DEPTH || usedBytes + byteLength(segment) + 1 > MAX_CLEAN_BYTES) {
      tell(`what lies deeper than ${MAX_CLEAN_DEPTH} folders or ${MAX_CLEAN_BYTES} bytes was left out`);
      break;
    }
    usedBytes += byteLength(segment) + 1;
    segments.push(segment);
  }
  const prefix = segments.join('/');
  if (prefix !== text && changes.length === 0) tell('empty segments were removed');
  return { prefix, changes };
}

/** Why a relative path may not be stored, or null when it may. */
function pathFault(path: string): string | null {
  if (path === '') return 'it is empty';
  if (path.startsWith('/')) return 'it is not relative';
  if (path.includes('\\')) return 'it contains a backslash';
  if (!path.isWellFormed()) return 'it is not valid Unicode';
  if (UNSEEN.test(path)) return 'it contains control or invisible characters';
  if (byteLength(path) > MAX_PATH_BYTES) return `it is longer than ${MAX_PATH_BYTES} bytes`;
  for (const segment of path.split('/')) {
    if (segment === '') return 'it contains an empty segment';
    if (segment === '.' || segment === '..') return 'it contains "." or ".."';
    if (segment !== segment.trim()) return 'a name begins or ends with a space';
    if (byteLength(segment) > MAX_SEGMENT_BYTES) return `a name is longer than ${MAX_SEGMENT_BYTES} bytes`;
  }
  return null;
}

/** Throws BAD_INPUT unless `path` is a safe experiment-relative path of a file: one of the five folders, then at least one name. */
export function assertStorePath(path: string): void {
  const fault = pathFault(path);
  if (fault) throw new AppError('BAD_INPUT', `The path cannot be stored: ${fault}.`);
  const segments = path.split('/');
  if (!(FOLDERS as readonly string[]).includes(segments[0]!)) {
    throw new AppError('BAD_INPUT', `The path must begin with one of ${FOLDERS.join(', ')}.`);
  }
  if (segments.length < 2) throw new AppError('BAD_INPUT', 'The path names a folder, not a file.');
}

/** Throws BAD_INPUT unless `key` is a safe store key: a place (`DEM26-7K2QF`, `_unassigned`, `_system`), then at least one name. */
export function assertStoreKey(key: string): void {
  const fault = pathFault(key);
  if (fault) throw new AppError('BAD_INPUT', `The store key is not valid: ${fault}.`);
  const place = key.split('/')[0]!;
  if (place.startsWith('.')) throw new AppError('BAD_INPUT', 'The store key begins with a dot.');
  if (!key.includes('/')) throw new AppError('BAD_INPUT', 'The store key names a place, not an object.');
}

/** "raw/lyso/run_1_master.h5" → { parent: "raw/lyso", name: "run_1_master.h5" }; the parent of a top name is empty. */
export function splitStorePath(path: string): { parent: string; name: string } {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? { parent: '', name: path } : { parent: path.slice(0, cut), name: path.slice(cut + 1) };
}

/** The n-th name for a taken one: `raw/run_1` → `raw/run_1_2`; with `beforeExtension`, `a/b.h5` → `a/b_2.h5`. */
export function suffixedPath(path: string, n: number, options: { beforeExtension?: boolean } = {}): string {
  if (n <= 1) return path;
  if (!options.beforeExtension) return `${path}_${n}`;
  const { parent, name } = splitStorePath(path);
  const dot = name.lastIndexOf('.');
  const numbered = dot > 0 ? `${name.slice(0, dot)}_${n}${name.slice(dot)}` : `${name}_${n}`;
  return parent === '' ? numbered : `${parent}/${numbered}`;
}
