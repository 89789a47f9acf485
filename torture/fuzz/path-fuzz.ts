import { pathBytes, safePath, shownPath } from '#hub/files/path-bytes.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { assertStorePath, cleanPrefix } from '#src/shared/model/store-path.ts';
import { randomSource } from '#src/testing/damaged-bytes.ts';
import type { FuzzCount } from '#src/testing/stream-fuzz.ts';

/** Pieces of which dangerous names are made. */
const PIECES = [
  ...[
    '..',
    '.',
    '/',
    '//',
    '\\',
    '\u0000',
    '\n',
    ' ',
    '~',
    '-',
    ':',
    '*',
    '"',
    'CON',
    'nul.txt',
    'COM1',
    '%2e%2e',
    '%00',
  ],
  ...[
    '\u202e',
    '\u200b',
    '\ufeff',
    '\ud800',
    '\udfff',
    'e\u0301',
    'ﬁ',
    'Å',
    '🔬',
    '\u00a0',
    'raw',
    '_unassigned',
    '.upload',
  ],
  ...['x'.repeat(120), '\u0301'.repeat(130), 'ü'.repeat(128)],
];

const TAME = ['a', 'lyso_1', 'run.cbf', 'ü', '2026-11-21', 'x_0001.h5'];
/** Longer ones are refused by the agent before the store sees them. */
const LONGEST_BYTES = 800;

/**
 * Names of all kinds through the doors that decide where bytes land. Throws when a cleaned name would not be accepted by the store or
 * changes when cleaned again, when the name of any file cannot be made safe or shown, or when anything but a refusal is thrown.
 */
export function fuzzPaths(inputs: number, seed: number): FuzzCount {
  const random = randomSource(seed);
  const pick = <T>(among: readonly T[]) => among[Math.floor(random() * among.length)]!;
  const count: FuzzCount = { accepted: 0, refused: 0 };
  for (let input = 0; input < inputs; input++) {
    const pieces = Array.from({ length: 1 + Math.floor(random() * 6) }, () =>
      pick(random() < 0.6 ? TAME : PIECES),
    );
    const wanted = (random() < 0.5 ? 'raw/' : '') + pieces.join(random() < 0.5 ? '/' : '');
    const what = `path input ${input} of seed ${seed}, ${JSON.stringify(wanted)}`;
    const { prefix } = cleanPrefix(wanted);
    if (cleanPrefix(prefix).prefix !== prefix) throw new Error(`${what}: cleaned twice it is another`);
    if (prefix !== '') assertStorePath(`raw/${prefix}`);
    const name = randomName(random, wanted);
    const safe = safePath(name);
    if (Buffer.byteLength(safe) <= LONGEST_BYTES) assertStorePath(`raw/${safe}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left in what people are shown
    if (/[\u0000-\u001f\u007f]/.test(shownPath(name)))
      throw new Error(`${what}: shown with control characters`);
    try {
      assertStorePath(wanted);
      count.accepted++;
    } catch (error) {
      if (!(error instanceof AppError)) throw new Error(`${what}: ${String(error)}`, { cause: error });
      count.refused++;
    }
  }
  return count;
}

/** Segments as a file system has them: any bytes but slash and zero, neither empty nor one of the two that mean folders. */
function randomName(random: () => number, wanted: string): string {
  const bytes = Buffer.from(wanted, 'utf8').map((byte) =>
    random() < 0.1 ? 1 + Math.floor(random() * 255) : byte,
  );
  const segments = pathBytes(bytes.filter((byte) => byte !== 0))
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
    .map((segment) => segment.slice(0, 255))
    .slice(0, 4);
  return segments.length === 0 ? 'x' : segments.join('/');
}
