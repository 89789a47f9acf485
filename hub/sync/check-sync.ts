import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SYNC } from '../agent/agent-program.ts';
import { LicenceFault, readLicence } from '../agent/licence-file.ts';
import { checkFolder, checkLicence, checkServer, type Finding } from '../cli/check-agent.ts';
import { checkWatchedFolders, checkWatchLimit } from '../cli/check-folders.ts';
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
  findings.push(...(await withNatives(config.stateDir, () => checkWatchedFolders(config.folders))));
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
