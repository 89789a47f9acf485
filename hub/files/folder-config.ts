import path from 'node:path';
import type { TomlTable } from '../agent/toml-faults.ts';

/* [landing] and the [[folder]] tables of a configuration: folders whose files are brought into the store. */

export type WatchChoice = 'auto' | 'events' | 'polling';

export interface FolderConfig {
  name: string;
  /** Absolute. */
  path: string;
  /** A file counts as complete when size and times have not changed for so long. */
  settleMs: number;
  /** Everything is looked through this often; null: chosen by how the folder is watched. */
  scanMs: number | null;
  /** Patterns of paths below the folder; empty: everything. */
  include: readonly string[];
  exclude: readonly string[];
  watch: WatchChoice;
  /** Whether a file may be made there for a moment to see whether changes are told. */
  canary: boolean;
  /** Scans with pauses: for file systems that others are waiting for. */
  lowIo: boolean;
  /** A series of single frames without a new one for so long is over. */
  seriesTimeoutMs: number;
  /** A data file that a master names and that does not come for so long, while no other comes, is absent. */
  absentTimeoutMs: number;
}

/** Names under which programs write what they then rename; what is left of them is no data. */
export const TEMPORARY_NAMES = [
  '**/.*.??????',
  '**/*.part',
  '**/*.partial',
  '**/*.filepart',
  '**/*.tmp',
  '**/*~',
  '**/.*.swp',
  '**/.nfs*',
  '**/.~tmp~/**',
  '**/.rsync-partial/**',
] as const;

const MAX_FOLDERS = 64;

function patterns(table: TomlTable, key: string, fallback: readonly string[]): readonly string[] {
  const value = table.value(key, fallback);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')) return value;
  table.fault(key, 'must be a list of patterns such as ["**/*.cbf"]');
  return fallback;
}

/** What is particular to a folder of one program's configuration. */
export interface FolderOwn {
  name: string;
  /** When the key is left out. */
  canary: boolean;
  /** When the key is left out; null: it is required. */
  path: string | null;
  /** Reads how changes are heard of. */
  watch: (table: TomlTable) => WatchChoice;
}

const readWatch = (table: TomlTable) => table.choice('watch', ['auto', 'events', 'polling'] as const, 'auto');

/** The keys of one folder; unknown ones and wrong values go to the table's faults. */
export function readFolder(table: TomlTable, base: string, own: FolderOwn): FolderConfig {
  const where = table.text('path', own.path ?? undefined) ?? '';
  if (where === '' && table.has('path')) table.fault('path', 'must not be empty');
  const canary = table.value('canary', own.canary);
  if (typeof canary !== 'boolean') table.fault('canary', 'must be true or false');
  const lowIo = table.value('low_io', false);
  if (typeof lowIo !== 'boolean') table.fault('low_io', 'must be true or false');
  const config: FolderConfig = {
    name: own.name,
    path: path.resolve(base, where),
    settleMs: 1000 * table.number('settle_s', 0.02, 86_400, 2),
    scanMs: table.has('scan_s') ? 1000 * table.number('scan_s', 0.1, 86_400, 300) : null,
    include: patterns(table, 'include', []),
    exclude: patterns(table, 'exclude', TEMPORARY_NAMES),
    watch: own.watch(table),
    canary: canary === true,
    lowIo: lowIo === true,
    seriesTimeoutMs: 1000 * table.number('series_timeout_s', 0.1, 86_400, 60),
    absentTimeoutMs: 1000 * table.number('absent_timeout_s', 0.1, 864_000, 120),
  };
  table.finish();
  return config;
}

function readName(table: TomlTable, taken: Set<string>): string {
  const name = table.text('name') ?? '';
  if (name === '' && table.has('name')) table.fault('name', 'must not be empty');
  if (name.length > 200) table.fault('name', 'must have at most 200 characters');
  if (taken.has(name)) table.fault('name', `"${name}" is used twice; each folder needs its own name`);
  taken.add(name);
  return name;
}

const isInside = (inner: string, outer: string) => inner === outer || inner.startsWith(`${outer}/`);

/** Adds a folder; one inside another, or one too many, is a fault of its table. */
export function addFolder(folders: FolderConfig[], table: TomlTable, folder: FolderConfig): void {
  // A file below two of them would be sent twice.
  const other = folders.find((one) => isInside(one.path, folder.path) || isInside(folder.path, one.path));
  if (other) table.fault('path', `lies inside "${other.name}", or the other way round`);
  if (folders.length === MAX_FOLDERS) table.fault('path', `is one folder too many: at most ${MAX_FOLDERS}`);
  folders.push(folder);
}

/**
 * All folders of a HUB's configuration. What is wrong goes to the tables' faults.
 * @param base relative paths count from here
 */
export function readFolders(root: TomlTable, base: string): readonly FolderConfig[] {
  const folders: FolderConfig[] = [];
  const names = new Set<string>();
  if (root.has('landing')) {
    names.add('landing');
    const table = root.table('landing');
    // The landing folder is the agent's own; in other people's folders it makes nothing unless told to.
    const own = { name: 'landing', canary: true, path: null, watch: readWatch };
    addFolder(folders, table, readFolder(table, base, own));
  } else root.value('landing', null);
  for (const table of root.tables('folder')) {
    const own = { name: readName(table, names), canary: false, path: null, watch: readWatch };
    addFolder(folders, table, readFolder(table, base, own));
  }
  return folders;
}
