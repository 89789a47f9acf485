import { accessSync, constants, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SYNC } from '../agent/agent-program.ts';
import { LicenceFault, readLicence } from '../agent/licence-file.ts';
import { checkFolder, checkLicence, checkServer, type Finding } from '../cli/check-agent.ts';
import type { FolderConfig } from '../files/folder-config.ts';
import { IN, Inotify } from '../files/inotify.ts';
import { bytesOf, pathBytesOfText } from '../files/path-bytes.ts';
import { silentFileSystem } from '../files/watchability.ts';
import type { LocalStatus } from '../local/local-control.ts';
import { layDownNativesIn } from './packed-natives.ts';
import type { SyncConfig } from './sync-config.ts';

/**
 * Everything that can be known here: configuration, state folder, licence, the way to the server and the store, and of each folder whether
 * its files are permitted, whether it can be read, and whether the system tells of changes.
 * @param running what the running SYNC of this state folder says; null when none runs
 */
export async function checkSync(config: SyncConfig, running: LocalStatus | null): Promise<Finding[]> {
  const findings: Finding[] = [{ ok: true, text: `${config.file} has no fault` }];
  findings.push(checkFolder('state folder', config.stateDir), checkLicence(config, SYNC, running));
  findings.push(await checkServer(config));
  for (const origin of otherOrigins(config, running))
    findings.push(await checkServer({ ...config, serverUrl: origin }));
  findings.push(...forbiddenFolders(config));
  findings.push(...(await withNatives(config.stateDir, () => checkFolders(config.folders))));
  findings.push(checkWatchLimit());
  return findings;
}

/** Folders whose files the server will refuse, unless staff give them another destination. */
function forbiddenFolders({ licenceFile, instrument, folders }: SyncConfig): Finding[] {
  const permitted = permittedFolders(licenceFile, instrument);
  if (permitted === null) return [];
  return folders.flatMap(({ name }) => {
    const folder = name.split('/', 1)[0]!;
    if (permitted.some((one) => one === folder)) return [];
    const text = `folder ${name}: the licence permits ${permitted.join(', ')} and not ${folder}: ask staff for another licence, or for another destination of ${name}`;
    return [{ ok: false, text }];
  });
}

/** Null where there is no licence that could be read: that is told already. */
function permittedFolders(licenceFile: string | null, instrument: string | null): readonly string[] | null {
  if (licenceFile === null) return null;
  try {
    const expected = { program: SYNC, instrument, bound: null, nowMs: Date.now() };
    return readLicence(licenceFile, expected).payload.folders;
  } catch (error) {
    if (error instanceof LicenceFault) return null;
    throw error;
  }
}

async function checkFolders(folders: readonly FolderConfig[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const folder of folders) findings.push(await checkWatchedFolder(folder));
  return findings;
}

/** Native modules are tried where the service loads them; whoever checks need not be its account, and then elsewhere. */
async function withNatives<T>(stateDir: string, action: () => Promise<T>): Promise<T> {
  const owner = statSync(stateDir, { throwIfNoEntry: false })?.uid;
  if (owner !== undefined && owner === process.geteuid?.()) {
    layDownNativesIn(path.join(stateDir, 'native'));
    return action();
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-sync-'));
  try {
    layDownNativesIn(folder);
    return await action();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function checkWatchedFolder({ name, path: where, watch }: FolderConfig): Promise<Finding> {
  const found = (ok: boolean, text: string) => ({ ok, text: `folder ${name}, ${where}: ${text}` });
  try {
    accessSync(where, constants.R_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return found(
      false,
      code === 'ENOENT'
        ? 'it is not there: make or mount it, or correct its path'
        : `this account cannot read it (${code})`,
    );
  }
  if (watch === 'polling')
    return found(true, 'can be read; it is looked through again and again, as configured');
  const silent = await silentFileSystem(pathBytesOfText(where));
  if (silent !== null && watch === 'auto')
    return found(
      true,
      `can be read; ${silent} does not tell of changes, so it is looked through again and again`,
    );
  if (silent !== null) {
    const advice = 'say polling = "auto" or "on", or changes made by other machines are found late';
    return found(false, `${silent} does not tell of changes, and polling is "off": ${advice}`);
  }
  const fault = await watchFault(where);
  if (fault === null) return found(true, 'can be read; the system tells of changes');
  return found(
    false,
    `the system does not tell of changes (${fault}), so it is looked through every few seconds`,
  );
}

/** Why a folder cannot be watched; null when it can. */
async function watchFault(folder: string): Promise<string | null> {
  try {
    const inotify = await Inotify.open({ onEvents: () => undefined, onFault: () => undefined });
    try {
      inotify.addWatch(bytesOf(pathBytesOfText(folder)), IN.CREATE | IN.ONLYDIR);
      return null;
    } finally {
      await inotify.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const LIMIT_FILE = '/proc/sys/fs/inotify/max_user_watches';
/** One watch per folder of the tree; below this, data taken over months reach it. */
const ROOMY_WATCHES = 65_536;

function checkWatchLimit(): Finding {
  try {
    const limit = Number(readFileSync(LIMIT_FILE, 'utf8'));
    const text = `${limit} folders can be watched (fs.inotify.max_user_watches)`;
    if (limit >= ROOMY_WATCHES) return { ok: true, text };
    const advice = 'sysctl fs.inotify.max_user_watches=524288, also in /etc/sysctl.d';
    return { ok: false, text: `only ${text}; raise it: ${advice}` };
  } catch {
    return { ok: false, text: `${LIMIT_FILE} cannot be read: is this Linux?` };
  }
}

/** Where the bytes go, when that is not where the server is. */
function otherOrigins({ serverUrl }: SyncConfig, running: LocalStatus | null): string[] {
  return (running?.storeOrigins ?? []).filter((origin) => origin !== new URL(serverUrl).origin);
}

/** The connections that a firewall has to let through, one line each. None comes in. */
export function firewallRules(config: SyncConfig, running: LocalStatus | null): string[] {
  const { proxy, interface: from } = config.uplink;
  const origin = from === null ? 'this machine' : `this machine's address on ${from}`;
  const rule = (url: string, what: string) => {
    const { hostname, port, protocol } = new URL(url);
    const number = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
    return `allow  TCP from ${origin} to ${hostname} port ${number}  (${what})`;
  };
  const servers = [config.serverUrl, ...otherOrigins(config, running)];
  const names = [proxy ?? '', ...servers].filter((url) => url !== '').map((url) => new URL(url).hostname);
  const needsNames = names.some((name) => isIP(name.replace(/^\[|\]$/g, '')) === 0 && name !== 'localhost');
  const rules =
    proxy === null
      ? servers.map((url, index) => rule(url, index === 0 ? 'server, HTTPS' : 'store, HTTPS'))
      : [
          rule(
            proxy,
            `proxy, which must allow CONNECT to ${servers.map((url) => new URL(url).host).join(' and ')}`,
          ),
        ];
  if (needsNames) rules.push(`allow  UDP and TCP from ${origin} to its name servers port 53  (DNS)`);
  rules.push('no connection towards this machine is needed');
  if (running === null || running.storeOrigins.length === 0)
    rules.push(
      'the address of the store is told by the server after the enrolment: check again then, with beamdeck-sync running',
    );
  return rules;
}
