import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClearFault } from '../lib/clear-fault.ts';

/** Which version of Beamdeck last opened a data folder. */
export interface DataVersion {
  version: string;
  /** Names of the migrations that version had, in order. */
  migrations: readonly string[];
}

/** This checkout's version and migrations (from Drizzle's journal). */
export function currentVersion(root: string): DataVersion {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const journal = JSON.parse(readFileSync(join(root, 'drizzle', 'meta', '_journal.json'), 'utf8')) as {
    entries: { tag: string }[];
  };
  return { version, migrations: journal.entries.map((entry) => entry.tag) };
}

/** -1, 0 or 1 by major, minor and patch; what follows a hyphen does not count. */
export function compareVersions(a: string, b: string): number {
  const numbers = (text: string) => (text.split('-')[0] ?? '').split('.').map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/**
 * What to do with data last opened by `found` (null: none, or unknown): `open` as it is, or `copy` it before migrating. Throws `ClearFault` when this
 * version is older than the data, since it would write what the newer one does not expect.
 */
export function judgeVersion(found: DataVersion | null, ours: DataVersion): 'open' | 'copy' {
  if (found === null) return 'open';
  const unknown = found.migrations.filter((name) => !ours.migrations.includes(name));
  if (compareVersions(found.version, ours.version) > 0 || unknown.length > 0) {
    throw new ClearFault(
      `These data were last opened by Beamdeck ${found.version}${unknown.length > 0 ? ` (with ${unknown.join(', ')})` : ''}, which is newer than this one (${ours.version}): ` +
        'start that version, or begin anew with --fresh (removes the data), or restore the copy made before the update (see docs/operations.md).',
    );
  }
  return found.migrations.length < ours.migrations.length || found.version !== ours.version ? 'copy' : 'open';
}
