import { FOLDERS } from './states.ts';
import { cleanPrefix } from './store-path.ts';
import { dateParts } from './zoned-date.ts';

/**
 * Templates of destinations: where below a folder of the experiment the data of a source go, such as "{date}/{sample}/{prefix}". Text with
 * names in braces; slashes make folders. What a name stands for comes from streams and file systems and is made safe here: no value can
 * leave the folder, and only `path`, `prefix` and `parent` may bring folders of their own.
 */
export const TEMPLATE_NAMES = {
  date: 'day of the acquisition at the facility, 2026-11-21',
  year: 'its year, 2026',
  month: 'its month, 11',
  day: 'its day, 21',
  time: 'its time at the facility, 142305',
  sample: 'name of the sample',
  prefix: 'name the stream gave the series, with its folders; of a file its path without the extension',
  path: 'path below the watched folder; of a stream the same as prefix',
  name: 'last part of path',
  parent: 'folders of path, without the last part',
  detector: 'name of the detector',
  series: 'number of the series',
  experiment: 'code of the experiment',
  source: 'name of the source: of the detector, or of the watched folder',
} as const;
export type TemplateName = keyof typeof TEMPLATE_NAMES;

export type SourceKind = 'stream' | 'folder';

/** Longest template, in characters. */
export const MAX_TEMPLATE_LENGTH = 300;
/** Leaves room for names of files behind it within what a store path may have. */
const MAX_FOLDER_PATH_BYTES = 900;

export interface DestinationValues {
  /** When it was acquired, server's clock. */
  at: Date;
  /** IANA name, of the facility. */
  timeZone: string;
  experiment: string;
  source: string;
  detector?: string | null;
  series?: number | null;
  sample?: string | null;
  /** Of a stream the wanted prefix, of a file its path below the source with its name, "lyso/run_1_0001.cbf". */
  path: string;
}

type Token = { text: string } | { name: TemplateName };

const isName = (name: string): name is TemplateName => Object.hasOwn(TEMPLATE_NAMES, name);

/** Cuts a template into text and names; `faults` has a sentence for each thing that is wrong. */
function tokens(template: string): { tokens: Token[]; faults: string[] } {
  const found: Token[] = [];
  const faults: string[] = [];
  for (const [part] of template.matchAll(/\{[^{}]*\}|[^{}]+|[{}]/gu)) {
    if (!part.startsWith('{') && part !== '}') {
      found.push({ text: part });
    } else if (part === '{' || part === '}') {
      const fault = `A ${part === '{' ? 'brace is opened and not closed' : 'brace is closed and was not opened'}: names stand in braces, such as {date}.`;
      if (!faults.includes(fault)) faults.push(fault);
    } else {
      const name = part.slice(1, -1).trim();
      if (isName(name)) found.push({ name });
      else {
        const known = Object.keys(TEMPLATE_NAMES).join(', ');
        faults.push(
          name === ''
            ? `There is no name in {}: there are ${known}.`
            : `There is no {${name}}: there are ${known}.`,
        );
      }
    }
  }
  return { tokens: found, faults };
}

/** What is wrong with a template, one sentence each; empty when it can be used. */
export function templateFaults(template: string, kind: SourceKind): string[] {
  if (template.trim() === '')
    return ['The template is empty: give at least {prefix} for a stream or {path} for a folder.'];
  if (template.length > MAX_TEMPLATE_LENGTH) {
    return [`The template is longer than ${MAX_TEMPLATE_LENGTH} characters.`];
  }
  const { tokens: found, faults } = tokens(template);
  const names = found.flatMap((token) => ('name' in token ? token.name : []));
  if (template.startsWith('/'))
    faults.push('It begins with a slash: it counts from the folder of the experiment.');
  if (template.includes('\\')) faults.push('It contains a backslash: folders are separated by slashes.');
  const first = template.split('/')[0]!;
  if ((FOLDERS as readonly string[]).includes(first)) {
    faults.push(`It begins with ${first}/: the folder is chosen beside the template, leave it out here.`);
  }
  const segments = template.replace(/^\//, '').split('/');
  if (segments.some((segment) => segment === ''))
    faults.push('It has two slashes in a row, or one at its end.');
  for (const text of found.flatMap((token) => ('text' in token ? token.text.split('/') : []))) {
    if (text === '' || text === '\\') continue;
    // As between two names: what would be trimmed or changed at the ends of a file name is no fault in its middle.
    const inside = `x${text.replaceAll('\\', '')}x`;
    if (cleanPrefix(inside).prefix !== inside) {
      faults.push(
        `“${text}” has characters that not every system can store: use letters, digits, "-", "_" and ".".`,
      );
    }
  }
  if (segments.some((segment) => /^\s*\.{1,2}\s*$/u.test(segment))) {
    faults.push('It contains "." or "..": a destination stays inside the experiment.');
  }
  if (faults.length > 0) return faults;
  if (kind === 'folder') {
    const last = found.at(-1)!;
    if (!('name' in last) || (last.name !== 'path' && last.name !== 'name')) {
      faults.push('It must end with {path} or {name}, so that files keep their names.');
    }
  } else if (!names.some((name) => ['prefix', 'path', 'name', 'series'].includes(name))) {
    faults.push('It must contain {prefix}, {name} or {series}, so that one series can be told from another.');
  }
  return faults;
}

/** Stands for a value that is empty until what surrounds it has been taken away. */
const EMPTY = '\0';

const oneName = (text: string | number | null | undefined): string =>
  String(text ?? '')
    .replaceAll('\0', '')
    .replaceAll(/[\\/]+/gu, '_')
    .trim();

function filledIn(name: TemplateName, values: DestinationValues, kind: SourceKind): string {
  const path = values.path.replaceAll('\0', '').replaceAll('\\', '/');
  const cut = path.lastIndexOf('/');
  switch (name) {
    case 'path':
      return path;
    case 'prefix':
      return kind === 'stream' ? path : path.replace(/(?<=[^/])\.[^./]+$/u, '');
    case 'name':
      return path.slice(cut + 1);
    case 'parent':
      return cut < 0 ? '' : path.slice(0, cut);
    case 'sample':
    case 'detector':
    case 'series':
    case 'experiment':
    case 'source':
      return oneName(values[name]);
    default:
      return dateParts(values.at, values.timeZone)[name];
  }
}

/** One segment with its empty values taken out, together with the separators that led to them; null when only those were in it. */
function withoutEmpty(segment: string): string | null {
  if (!segment.includes(EMPTY)) return segment;
  const kept = segment.replaceAll(/^(?:\0[-_. ]*)+/gu, '').replaceAll(/[-_. ]*\0/gu, '');
  return kept === '' ? null : kept;
}

/** Drops leading folders until it fits: the end, which tells one measurement from another, stays. */
function fitting(segments: readonly string[], kind: SourceKind): string {
  for (let from = 0; from < segments.length; from++) {
    const path = segments.slice(from).join('/');
    const fits =
      kind === 'stream'
        ? cleanPrefix(path).prefix === path
        : new TextEncoder().encode(path).length <= MAX_FOLDER_PATH_BYTES;
    if (fits) return path;
  }
  return cleanPrefix(segments.at(-1) ?? '').prefix;
}

/**
 * The path below the folder for one acquisition or file; `template` has no faults. Every segment is one that `cleanPrefix` leaves as it
 * is, and of a stream the whole is too. Empty when the values left nothing (a stream without prefix): the caller then chooses a name.
 */
export function expandTemplate(template: string, values: DestinationValues, kind: SourceKind): string {
  const text = tokens(template)
    .tokens.map((token) => ('text' in token ? token.text : filledIn(token.name, values, kind) || EMPTY))
    .join('');
  const segments = text
    .split('/')
    .flatMap((segment) => withoutEmpty(segment) ?? [])
    .flatMap((segment) => cleanPrefix(segment).prefix || []);
  return fitting(segments, kind);
}
