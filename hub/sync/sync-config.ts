import path from 'node:path';
import { FOLDERS, type Folder } from '#src/shared/model/states.ts';
import { type AgentConfig, loadDocument, parseDocument, readAgentKeys } from '../agent/agent-config.ts';
import type { TomlTable } from '../agent/toml-faults.ts';
import { addFolder, type FolderConfig, readFolder, type WatchChoice } from '../files/folder-config.ts';

/*
 * sync.conf (TOML): which folders of a beamline's disk one SYNC brings into the store. Strict as hub.toml: every unknown key and every wrong
 * value is reported with its line, all at once.
 */

export type SyncConfig = AgentConfig;

export const DEFAULT_CONFIG_FILE = '/etc/beamdeck/sync.conf';
/** Journal, licence and token of the service; its package makes the folder. */
export const DEFAULT_STATE_DIR = '/var/lib/beamdeck-sync';
/** Holds one folder per folder of an experiment. */
export const DEFAULT_ROOT = '/opt/beamdeck/sync';

const POLLING: Readonly<Record<'auto' | 'on' | 'off', WatchChoice>> = {
  auto: 'auto',
  on: 'polling',
  off: 'events',
};

const readPolling = (table: TomlTable): WatchChoice =>
  POLLING[table.choice('polling', ['auto', 'on', 'off'] as const, 'auto')];

/**
 * The name under which the cockpit shows the folder, and from which the server takes its destination until staff give it another one:
 * "processed", or "processed/pilatus" for a folder with a name of its own.
 */
function readName(table: TomlTable, folder: Folder, taken: Set<string>): string {
  const own = table.text('name', null);
  if (own !== null && !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(own))
    table.fault('name', 'must be a word of at most 100 letters, digits, "_", "." and "-"');
  const name = own === null ? folder : `${folder}/${own}`;
  if (taken.has(name)) {
    table.fault('folder', `"${name}" is used twice; give each folder with the same "folder" its own "name"`);
  }
  taken.add(name);
  return name;
}

function readFolders(root: TomlTable, base: string): FolderConfig[] {
  const folders: FolderConfig[] = [];
  const names = new Set<string>();
  for (const table of root.tables('folder')) {
    const folder = table.choice('folder', FOLDERS, null);
    const name = readName(table, folder, names);
    // Only a folder without a name of its own has one that is known beforehand.
    const own = {
      name,
      canary: false,
      path: name === folder ? path.join(DEFAULT_ROOT, folder) : null,
      watch: readPolling,
    };
    addFolder(folders, table, readFolder(table, base, own));
  }
  return folders;
}

/** The folders of a configuration that names none: one per folder of an experiment. */
function defaultFolders(root: TomlTable): FolderConfig[] {
  return FOLDERS.map((folder) => {
    const own = { name: folder, canary: false, path: path.join(DEFAULT_ROOT, folder), watch: readPolling };
    return readFolder(root.empty('folder'), DEFAULT_ROOT, own);
  });
}

/** Parses the text of a sync.conf; relative paths count from `file`'s folder. Throws AgentConfigError with every fault. */
export function parseSyncConfig(text: string, file: string): SyncConfig {
  return parseDocument(text, file, (root) => {
    const stateDir = root.text('state_dir', DEFAULT_STATE_DIR) ?? DEFAULT_STATE_DIR;
    const base = path.dirname(path.resolve(file));
    const common = readAgentKeys(root, file, {
      licenceFile: path.join(path.resolve(base, stateDir), 'licence.json'),
      stateDir: DEFAULT_STATE_DIR,
      logLevel: 'info',
    });
    const folders = root.has('folder') ? readFolders(root, base) : defaultFolders(root);
    return { ...common, folders };
  });
}

/** Reads a sync.conf. Throws AgentConfigError. */
export function loadSyncConfig(file: string): SyncConfig {
  return loadDocument(file, (text) => parseSyncConfig(text, file));
}
