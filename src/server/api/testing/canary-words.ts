/**
 * Words that stand in one place of the database alone: `qanary-<whose>-<table>-<column>`. Found anywhere else, such a word tells what has leaked
 * and from which column.
 */
export type Canary = `qanary-${string}`;

export const canaryWord = (whose: string, table: string, column: string): Canary =>
  `qanary-${whose}-${table}-${column}`;

export interface FoundCanary {
  /** The group whose word it is. */
  whose: string;
  /** `table.column`, or `code` where the name of an experiment itself was found. */
  field: string;
}

const WORD = /qanary-([a-z]+)(?:-([a-z_]+)-([a-z0-9_]+))?/gi;
/** What "qanary" becomes in base64, by where in a group of three bytes it begins. */
const IN_BASE64 = /cWFuYXJ5|bmFyeS1|YW5hcnkt/;
const BASE64_TEXT = /[A-Za-z0-9+/_-]{16,}/g;

function* wordsIn(text: string): Generator<FoundCanary> {
  for (const [, whose, table, column] of text.matchAll(WORD)) {
    yield { whose: whose!.toLowerCase(), field: table ? `${table}.${column}`.toLowerCase() : 'cut' };
  }
}

/** Every canary of a text once: plain, in base64 (cursors, tables of frames), and the codes of experiments. */
export function canariesIn(text: string, codes: ReadonlyMap<string, string>): FoundCanary[] {
  const found = [...wordsIn(text)];
  if (IN_BASE64.test(text)) {
    for (const [piece] of text.matchAll(BASE64_TEXT)) {
      if (IN_BASE64.test(piece)) found.push(...wordsIn(Buffer.from(piece, 'base64url').toString('latin1')));
    }
  }
  for (const [code, whose] of codes) if (text.includes(code)) found.push({ whose, field: 'code' });
  return [...new Map(found.map((each) => [`${each.whose} ${each.field}`, each])).values()];
}
