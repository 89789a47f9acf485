import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse, TomlError } from 'smol-toml';
import type { FolderConfig } from '../files/folder-config.ts';
import { MIB, parseByteSize } from './byte-size.ts';
import { TomlFaults, type TomlTable } from './toml-faults.ts';
import { readUplink, type UplinkConfig } from './uplink-config.ts';

/* What the configuration files of HUB and SYNC have in common. */

export interface AgentConfig {
  file: string;
  serverUrl: string;
  /** Null: the agent enrols itself with its licence. */
  token: string | null;
  /** Null: the agent was given a token instead. */
  licenceFile: string | null;
  /** Slug of the instrument this agent is for, when the configuration says it. */
  instrument: string | null;
  stateDir: string;
  logLevel: string;
  upload: { concurrency: number; partBytes: number };
  uplink: UplinkConfig;
  /** Folders whose files are brought into the store. */
  folders: readonly FolderConfig[];
}

/** Everything that is wrong with the configuration, one sentence per line. */
export class AgentConfigError extends Error {
  readonly faults: readonly string[];

  constructor(file: string, faults: readonly string[]) {
    super(`${file} is not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'AgentConfigError';
    this.faults = faults;
  }
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];
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

/** What applies to keys that are left out. */
export interface AgentDefaults {
  /** Null: the key is required. */
  licenceFile: string | null;
  stateDir: string;
  logLevel: string;
}

/** The keys that both programs know, of the document's root; what is wrong goes to its faults. Relative paths count from `file`'s folder. */
export function readAgentKeys(
  root: TomlTable,
  file: string,
  defaults: AgentDefaults,
): Omit<AgentConfig, 'folders'> {
  const folder = path.dirname(path.resolve(file));
  const serverUrl = root.text('server') ?? '';
  const urlFault = serverUrl === '' ? null : serverUrlFault(serverUrl);
  if (urlFault) root.fault('server', urlFault);
  const hasToken = root.has('token') || root.has('token_file');
  const licence = root.text('licence_file', hasToken ? null : defaults.licenceFile);
  const token = readToken(root, folder, licence !== null);
  const uploadTable = root.table('upload');
  const concurrency = uploadTable.integer('concurrency', 1, 32, 8);
  const partBytes = parseByteSize(uploadTable.value('part_bytes', '8 MiB'));
  if (partBytes === null || partBytes < 5 * MIB || partBytes > 512 * MIB) {
    uploadTable.fault('part_bytes', 'must be a size from 5 MiB to 512 MiB');
  }
  uploadTable.finish();
  return {
    file: path.resolve(file),
    serverUrl: serverUrl.replace(/\/+$/, ''),
    token,
    licenceFile: licence === null ? null : path.resolve(folder, licence),
    instrument: root.text('instrument', null),
    stateDir: path.resolve(folder, root.text('state_dir', defaults.stateDir) ?? defaults.stateDir),
    logLevel: root.choice('log_level', LOG_LEVELS, defaults.logLevel),
    upload: { concurrency, partBytes: partBytes ?? 0 },
    uplink: readUplink(root.table('uplink'), folder),
  };
}

/**
 * Parses the text of a configuration. `read` asks for every key; keys that nobody asked for are faults too. Throws AgentConfigError with
 * every fault.
 */
export function parseDocument<T>(text: string, file: string, read: (root: TomlTable) => T): T {
  let document: Record<string, unknown>;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split('\n')[0]!.replace('Invalid TOML document: ', '');
    throw new AgentConfigError(file, [`line ${error.line}: ${reason}`]);
  }
  const faults = new TomlFaults(text);
  const root = faults.table(document, '');
  const config = read(root);
  root.finish();
  faults.throwIfAny((found) => new AgentConfigError(file, found));
  return config;
}

/** Reads and parses a configuration file. Throws AgentConfigError. */
export function loadDocument<T extends AgentConfig>(file: string, parseText: (text: string) => T): T {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code !== 'ENOENT';
    const why = error instanceof Error ? error.message : String(error);
    throw new AgentConfigError(file, [
      isThere ? `cannot be read: ${why}` : 'it is not there: write it, or say where it is with --config FILE',
    ]);
  }
  const config = parseText(text);
  const { proxy } = config.uplink;
  if (proxy !== null && new URL(proxy).password !== '' && (statSync(file).mode & 0o077) !== 0) {
    throw new AgentConfigError(file, [
      'it holds the password of the proxy and can be read by others: chmod 600 it',
    ]);
  }
  return config;
}
