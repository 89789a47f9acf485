import path from 'node:path';
import { readFolders } from '../files/folder-config.ts';
import { type AgentConfig, LOG_LEVELS, loadDocument, parseDocument, readAgentKeys } from './agent-config.ts';
import { MIB, parseByteSize } from './byte-size.ts';
import { type DetectorConfig, readDetector } from './detector-config.ts';
import type { TomlTable } from './toml-faults.ts';

/*
 * hub.toml: what one HUB is connected to. Strict: every unknown key and every wrong value is reported with its line, all
 * at once, because a mistyped key that is ignored costs beam time.
 */

export interface HubConfig extends AgentConfig {
  buffer: {
    /** Null: chosen at start (memory file system when roomy, else below the state folder). */
    dir: string | null;
    maxBytes: number;
    /** A second folder, for what the first has no room for; null = none. */
    spill: { dir: string; maxBytes: number } | null;
  };
  /** Port of the page on site, on loopback; null = no page. */
  local: { port: number | null };
  detectors: readonly DetectorConfig[];
}

function readBuffer(root: TomlTable, folder: string): HubConfig['buffer'] {
  const bufferTable = root.table('buffer');
  const bufferDir = bufferTable.text('dir', '') ?? '';
  const maxBytes = parseByteSize(bufferTable.value('max_bytes', '2 GiB'));
  if (maxBytes === null || maxBytes < 64 * MIB) {
    bufferTable.fault('max_bytes', 'must be a size of at least 64 MiB such as "2 GiB"');
  }
  const spillDir = bufferTable.text('spill_dir', '') ?? '';
  const spillBytes = parseByteSize(bufferTable.value('spill_max_bytes', '100 GiB'));
  if (spillBytes === null || spillBytes < 64 * MIB) {
    bufferTable.fault('spill_max_bytes', 'must be a size of at least 64 MiB such as "100 GiB"');
  }
  if (spillDir === '' && bufferTable.has('spill_max_bytes')) {
    bufferTable.fault('spill_max_bytes', 'says how much spill_dir may take: name that folder too');
  }
  bufferTable.finish();
  return {
    dir: bufferDir === '' ? null : path.resolve(folder, bufferDir),
    maxBytes: maxBytes ?? 0,
    spill: spillDir === '' ? null : { dir: path.resolve(folder, spillDir), maxBytes: spillBytes ?? 0 },
  };
}

/** Parses the text of a hub.toml; relative paths count from `file`'s folder. Throws AgentConfigError with every fault. */
export function parseHubConfig(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>> = {},
): HubConfig {
  const folder = path.dirname(path.resolve(file));
  const level = env.BEAMDECK_LOG_LEVEL ?? 'info';
  return parseDocument(text, file, (root) => {
    const logLevel = LOG_LEVELS.includes(level) ? level : 'info';
    const common = readAgentKeys(root, file, { licenceFile: null, stateDir: 'state', logLevel });
    const buffer = readBuffer(root, folder);
    const localTable = root.table('local');
    const localPort = localTable.has('port') ? localTable.integer('port', 1, 65_535, 1) : null;
    localTable.value('port', null);
    localTable.finish();
    const names = new Set<string>();
    const detectors = root.tables('detector').map((table) => readDetector(table, names));
    if (detectors.length > 64) root.fault('detector', 'at most 64 detectors');
    const folders = readFolders(root, folder);
    return { ...common, buffer, local: { port: localPort }, detectors, folders };
  });
}

/** The access token of `beamdeck-sync pull`, where no file holds it. */
export const tokenFromEnvironment = (): string | null => process.env.BEAMDECK_TOKEN?.trim() || null;

/** Reads a hub.toml and the environment: no other file of an agent does. */
export function loadHubConfig(file: string): HubConfig {
  return loadDocument(file, (text) => parseHubConfig(text, file, process.env));
}
