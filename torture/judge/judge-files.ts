import type { Finding, FindingKind } from './findings.ts';
import { type FileEntry, TRAY } from './ledger.ts';
import type { StoredFile, StoreView } from './store-view.ts';

const escaped = (byte: number) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;

/** Bytes of a name as a person reads them: what is no UTF-8 as \xNN. */
export function readableName(name: Buffer): string {
  const text = name.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(name)) return text;
  let readable = '';
  for (let at = 0; at < name.length; ) {
    const character = wellFormedAt(name, at);
    readable += character ?? escaped(name[at]!);
    at += character === null ? 1 : Buffer.byteLength(character);
  }
  return readable;
}

/** The character of valid UTF-8 that begins at a byte; null where there is none. */
function wellFormedAt(name: Buffer, at: number): string | null {
  for (let length = 1; length <= 4 && at + length <= name.length; length++) {
    const piece = name.subarray(at, at + length);
    const text = piece.toString('utf8');
    if ([...text].length === 1 && Buffer.from(text, 'utf8').equals(piece)) return text;
  }
  return null;
}

/** As lists show it: in one line. */
const inOneLine = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  text.replaceAll(/[\u0000-\u001f\u007f]/g, (character) => escaped(character.charCodeAt(0)));

const keyOf = (file: { source: string | null; sourcePath: string | null }) =>
  `${file.source}\n${file.sourcePath}`;

/** Whether every file of the watched folders is in the store once, in its newest version and the right place, or named with a reason. */
export function judgeFiles(entries: Iterable<FileEntry>, view: StoreView): Finding[] {
  const findings: Finding[] = [];
  const stored = new Map<string, StoredFile[]>();
  for (const file of view.files) {
    if (file.source === null) continue;
    stored.set(keyOf(file), [...(stored.get(keyOf(file)) ?? []), file]);
  }
  const poisoned = new Set(
    view.agents.flatMap(({ status }) =>
      (status?.poisoned ?? []).map(({ source, path }) => keyOf({ source, sourcePath: path })),
    ),
  );
  const statuses = view.agents.flatMap(({ status }) => (status === null ? [] : [status]));
  const held = statuses.flatMap((status) => status.held ?? []).reduce((sum, { files }) => sum + files, 0);
  const leftOut = statuses
    .flatMap((status) => status.folders ?? [])
    .reduce((sum, { states }) => sum + (states['left-out'] ?? 0), 0);
  const handedOver = new Set<string>();
  let expectedHeld = 0;
  let expectedLeftOut = 0;
  for (const entry of entries) {
    const name = readableName(entry.path);
    const tell = (kind: FindingKind, what: string) =>
      findings.push({ kind, count: 1, what: `${entry.source}: ${JSON.stringify(name)} ${what}` });
    const shownKey = keyOf({ source: entry.source, sourcePath: inOneLine(name) });
    const names = [entry.path, ...entry.otherPaths].map(readableName);
    const keys = names.map((sourcePath) => keyOf({ source: entry.source, sourcePath }));
    const ofNames = keys.flatMap((key) => stored.get(key) ?? []);
    const there = entry.isNameReused
      ? ofNames.filter((file) => entry.contents.some(({ sha256 }) => sha256 === file.sha256))
      : ofNames;
    for (const key of keys) handedOver.add(key);
    const newest = entry.contents.at(-1)!;
    if (entry.fate === 'held') expectedHeld++;
    if (entry.fate === 'left-out') {
      expectedLeftOut++;
      if (there.length > 0) tell('misplaced', 'is stored, though it was to be left out');
    }
    if (entry.fate === 'named' && !poisoned.has(shownKey))
      tell('unreported', 'cannot be stored, and the list of such files does not name it');
    if (entry.fate === 'stored' && poisoned.has(shownKey)) tell('untrue', 'is called not storable');
    if (there.length > 1) {
      const where = there.map(({ experimentCode, path }) => `${path} in ${experimentCode ?? TRAY}`);
      tell('misplaced', `is stored ${there.length} times: ${where.join(', ')}`);
    }
    for (const file of there) {
      const place = file.experimentCode ?? TRAY;
      if (!entry.places.includes(place)) {
        const why = file.unassignedReason === null ? '' : ` (${file.unassignedReason})`;
        tell('misplaced', `is in ${place}${why}, not in ${entry.places.join(' or ')}`);
      }
    }
    if (entry.fate !== 'stored') continue;
    if (there.length === 0) tell('lost', 'is not in the store');
    else if (!there.some(({ sha256 }) => sha256 === newest.sha256))
      tell('lost', 'is not in the store in its newest version');
  }
  for (const [key, files] of stored) {
    if (!handedOver.has(key))
      findings.push({
        kind: 'misplaced',
        count: files.length,
        what: `${files[0]!.path} was handed over by nobody`,
      });
  }
  const count = (what: string, expected: number, told: number) => {
    if (told >= expected) return;
    findings.push({
      kind: 'unreported',
      count: expected - told,
      what: `${expected} files are ${what}, the cockpit names ${told}`,
    });
  };
  count('held', expectedHeld, held);
  count('left out', expectedLeftOut, leftOut);
  return findings;
}
