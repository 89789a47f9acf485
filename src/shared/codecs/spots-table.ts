import {
  type FrameSpot,
  MAX_SPOTS_FILE_BYTES,
  packSpots,
  SPOT_BYTES,
  SPOT_KINDS,
  writeSpotsFile,
} from './spots-file.ts';

/*
 * Spots as scientists' own scripts write them: CSV (comma, semicolon, tab or blanks) with a head line, or JSON, an object a line or one list of them. Fields:
 * frame (from 1), fast, slow, and if known intensity, h, k, l (or hkl, a list), kind, width, height.
 */

/** What else programs and people call the fields. */
const ALIASES: Readonly<Record<string, string>> = {
  ...{ image: 'frame', x: 'fast', y: 'slow', i: 'intensity', w: 'width' },
  ...{ 'fast/px': 'fast', 'slow/px': 'slow', type: 'kind' },
};
const NEEDED = ['frame', 'fast', 'slow'] as const;

type Fields = Record<string, unknown>;

const nameOf = (head: string): string => {
  const name = head.trim().replace(/^"|"$/g, '').toLowerCase();
  return ALIASES[name] ?? name;
};

function numberOf(fields: Fields, name: string): number | null {
  const value = fields[name];
  if (value === undefined || value === null || value === '') return null;
  const number = typeof value === 'number' ? value : Number(String(value).trim());
  if (!Number.isFinite(number)) throw new Error(`“${String(value).slice(0, 40)}” is no number (${name})`);
  return number;
}

function kindOf(fields: Fields, hkl: FrameSpot['hkl']): FrameSpot['kind'] {
  const said = fields.kind;
  if (said === undefined || said === null || said === '') return hkl ? 'indexed' : 'found';
  const kind = SPOT_KINDS.find((each) => each === String(said).trim().toLowerCase());
  if (!kind) throw new Error(`“${String(said).slice(0, 40)}” is none of ${SPOT_KINDS.join(', ')}`);
  return kind;
}

function hklOf(fields: Fields): FrameSpot['hkl'] {
  const list = Array.isArray(fields.hkl) ? { h: fields.hkl[0], k: fields.hkl[1], l: fields.hkl[2] } : fields;
  const [h, k, l] = ['h', 'k', 'l'].map((name) => numberOf(list, name));
  if (h == null || k == null || l == null) return null;
  if (![h, k, l].every((each) => Number.isInteger(each) && Math.abs(each) < 32_768)) {
    throw new Error(`${h} ${k} ${l} are no indices`);
  }
  return [h, k, l];
}

function spotOf(fields: Fields): { frame: number; spot: FrameSpot } {
  const [frame, fast, slow] = NEEDED.map((name) => {
    const value = numberOf(fields, name);
    if (value === null) throw new Error(`it has no ${name}`);
    return value;
  }) as [number, number, number];
  if (!Number.isInteger(frame) || frame < 1 || frame > 0xffffffff) {
    throw new Error(`${frame} is no frame: they count from 1`);
  }
  const hkl = hklOf(fields);
  const [width, height] = [numberOf(fields, 'width'), numberOf(fields, 'height')];
  const box =
    width !== null && height !== null && width > 0 && height > 0 ? ([width, height] as const) : null;
  return {
    frame,
    spot: { fast, slow, intensity: numberOf(fields, 'intensity'), hkl, kind: kindOf(fields, hkl), box },
  };
}

function* rowsOfJson(text: string): Generator<{ where: string; fields: Fields }> {
  const asObject = (value: unknown): Fields => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no spot');
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [nameOf(name), each]));
  };
  if (text.startsWith('[')) {
    let list: unknown[];
    try {
      list = JSON.parse(text) as unknown[];
    } catch {
      throw new Error('The list of spots is no JSON.');
    }
    for (const [index, value] of list.entries())
      yield { where: `Spot ${index + 1}`, fields: asObject(value) };
    return;
  }
  for (const [index, row] of text.split('\n').entries()) {
    if (row.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(row);
    } catch {
      throw new Error(`Line ${index + 1} of the spots is no JSON.`);
    }
    yield { where: `Line ${index + 1}`, fields: asObject(value) };
  }
}

function* rowsOfCsv(text: string): Generator<{ where: string; fields: Fields }> {
  const rows = text.split(/\r?\n/);
  const at = rows.findIndex((row) => row.trim() !== '' && !row.startsWith('#'));
  const head = rows[at] ?? '';
  const between = [',', ';', '\t'].find((each) => head.includes(each)) ?? /\s+/;
  const names = head.trim().split(between).map(nameOf);
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new Error(
      `The first line must name the columns; ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing.`,
    );
  }
  for (let index = at + 1; index < rows.length; index++) {
    const row = rows[index]!;
    if (row.trim() === '' || row.startsWith('#')) continue;
    const cells = row.trim().split(between);
    yield {
      where: `Line ${index + 1}`,
      fields: Object.fromEntries(names.map((name, column) => [name, cells[column]])),
    };
  }
}

/** Spots by frames from 1. Throws, with the line, what a person can read. */
export function readSpotsTable(text: string): Map<number, FrameSpot[]> {
  const body = text.replace(/^\uFEFF/, '').trimStart();
  const frames = new Map<number, FrameSpot[]>();
  for (const { where, fields } of /^[[{]/.test(body) ? rowsOfJson(body) : rowsOfCsv(body)) {
    try {
      const { frame, spot } = spotOf(fields);
      const known = frames.get(frame);
      if (known) known.push(spot);
      else frames.set(frame, [spot]);
    } catch (fault) {
      throw new Error(`${where}: ${fault instanceof Error ? fault.message : String(fault)}.`);
    }
  }
  return frames;
}

/** A table as a file that is read by ranges. Throws what a person can read. */
export function spotsFileOfTable(text: string): Uint8Array {
  const frames = readSpotsTable(text);
  const hasIndices = [...frames.values()].some((spots) => spots.some(({ hkl }) => hkl !== null));
  const spotBytes = hasIndices ? SPOT_BYTES.indexed : SPOT_BYTES.plain;
  const packed = new Map([...frames].map(([frame, spots]) => [frame, packSpots(spots, spotBytes)]));
  const file = writeSpotsFile(packed, spotBytes);
  if (file.length > MAX_SPOTS_FILE_BYTES)
    throw new Error(`The spots are more than ${MAX_SPOTS_FILE_BYTES / 1024 ** 2} MiB.`);
  return file;
}
