import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { type FolderConfig, readFolders } from '../files/folder-config.ts';
import { MIB, parseByteSize } from './byte-size.ts';
import { type DetectorConfig, readDetector } from './detector-config.ts';
import { TomlFaults, type TomlTable } from './toml-faults.ts';
import { readUplink, type UplinkConfig } from './uplink-config.ts';

/*
 * hub.toml: what one HUB is connected to. Strict: every unknown key and every wrong value is reported with its line, all
 * at once, because a mistyped key that is ignored costs beam time.
 */

export interface HubConfig {
  file: string;
  serverUrl: string;
  /** Null: the agent enrols itself with its licence. */
  token: string | null;
  /** Null: the agent was given a token instead. */
  licenceFile: string | null;
  /** Slug of the instrument this HUB is for, when the configuration says it. */
  instrument: string | null;
  stateDir: string;
  logLevel: string;
  buffer: {
    /** Null: chosen at start (memory file system when roomy, else below the state folder). */
    dir: string | null;
    maxBytes: number;
    /** A second folder, for what the first has no room for; null = none. */
    spill: { dir: string; maxBytes: number } | null;
  };
  upload: { concurrency: number; partBytes: number };
  uplink: UplinkConfig;
  /** Port of the page on site, on loopback; null = no page. */
  local: { port: number | null };
  detectors: readonly DetectorConfig[];
  /** Folders whose files are brought into the store. */
  folders: readonly FolderConfig[];
}

/** Everything that is wrong with the configuration, one sentence per line. */
export class HubConfigError extends Error {
  readonly faults: readonly string[];

  constructor(file: string, faults: readonly string[]) {
    super(`${file} is not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'HubConfigError';
    this.faults = faults;
  }
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];
/** Plain HTTP would show the token to everybody on the network, so it is for this machine only. */
export function serverUrlFault(url: string): string | null {
  if (!URL.canParse(url)) return `"${url}" is no address such as "https://beamdeck.example.org"`;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:') return null;
  if (protocol !== 'http:') return `"${url}" must begin with https://`;
  const loopback = hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
  return loopback ? null : `plain http:// is allowed to this machine only; use https:// for "${hostname}"`;
}

/** The token of an agent that has no licence; null when it has one. */
function readToken(root: TomlTable, folder: string, hasLicence: boolean): string | null {
  const inline = root.text('token', null);
  const file = root.text('token_file', null);
  if ([inline !== null, file !== null, hasLicence].filter(Boolean).length > 1) {
    root.fault(hasLicence ? 'licence_file' : 'token_file', 'give one of licence_file, token_file and token');
    return null;
  }
  if (inline !== null || hasLicence) return inline;
  if (file === null) {
    root.fault('licence_file', 'is missing: the licence of this agent, made by staff in the web app');
    return null;
  }
  const tokenPath = path.resolve(folder, file);
  try {
    const others = statSync(tokenPath).mode & 0o077;
    if (others !== 0) root.fault('token_file', `${tokenPath} can be read by others: chmod 600 it`);
    const token = readFileSync(tokenPath, 'utf8').trim();
    if (!/^[\x21-\x7e]+$/.test(token)) root.fault('token_file', `${tokenPath} holds no token`);
    return token;
  } catch (error) {
    root.fault('token_file', `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** Parses the text of a hub.toml; relative paths count from `file`'s folder. Throws HubConfigError with every fault. */
export function parseHubConfig(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>> = {},
): HubConfig {
  let document: Record<string, unknown>;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split('\n')[0]!.replace('Invalid TOML document: ', '');
    throw new HubConfigError(file, [`line ${error.line}: ${reason}`]);
  }
  const folder = path.dirname(path.resolve(file));
  const faults = new TomlFaults(text);
  const root = faults.table(document, '');

  const serverUrl = root.text('server') ?? '';
  const urlFault = serverUrl === '' ? null : serverUrlFault(serverUrl);
  if (urlFault) root.fault('server', urlFault);
  const licence = root.text('licence_file', null);
  const token = readToken(root, folder, licence !== null);
  const instrument = root.text('instrument', null);
  const stateDir = path.resolve(folder, root.text('state_dir', 'state') ?? 'state');
  const fallbackLevel = env.BEAMDECK_LOG_LEVEL ?? 'info';
  const logLevel = root.choice(
    'log_level',
    LOG_LEVELS,
    LOG_LEVELS.includes(fallbackLevel) ? fallbackLevel : 'info',
  );

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

  const uploadTable = root.table('upload');
  const concurrency = uploadTable.integer('concurrency', 1, 32, 4);
  const partBytes = parseByteSize(uploadTable.value('part_bytes', '8 MiB'));
  if (partBytes === null || partBytes < 5 * MIB || partBytes > 512 * MIB) {
    uploadTable.fault('part_bytes', 'must be a size from 5 MiB to 512 MiB');
  }
  uploadTable.finish();

  const uplink = readUplink(root.table('uplink'), folder);

  const localTable = root.table('local');
  const localPort = localTable.has('port') ? localTable.integer('port', 1, 65_535, 1) : null;
  localTable.value('port', null);
  localTable.finish();

  const names = new Set<string>();
  const detectors = root.tables('detector').map((table) => readDetector(table, names));
  if (detectors.length > 64) root.fault('detector', 'at most 64 detectors');
  const folders = readFolders(root, folder);
  root.finish();
  faults.throwIfAny((found) => new HubConfigError(file, found));
  return {
    file: path.resolve(file),
    serverUrl: serverUrl.replace(/\/+$/, ''),
    token,
    licenceFile: licence === null ? null : path.resolve(folder, licence),
    instrument,
    stateDir,
    logLevel,
    buffer: {
      dir: bufferDir === '' ? null : path.resolve(folder, bufferDir),
      maxBytes: maxBytes ?? 0,
      spill: spillDir === '' ? null : { dir: path.resolve(folder, spillDir), maxBytes: spillBytes ?? 0 },
    },
    upload: { concurrency, partBytes: partBytes ?? 0 },
    uplink,
    local: { port: localPort },
    detectors,
    folders,
  };
}

/** Reads a hub.toml and the environment: the one place of the HUB that does. */
export function loadHubConfig(file: string): HubConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new HubConfigError(file, [
      `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
  const config = parseHubConfig(text, file, process.env);
  const { proxy } = config.uplink;
  if (proxy !== null && new URL(proxy).password !== '' && (statSync(file).mode & 0o077) !== 0) {
    throw new HubConfigError(file, [
      'it holds the password of the proxy and can be read by others: chmod 600 it',
    ]);
  }
  return config;
}
