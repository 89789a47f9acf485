import { lookup } from 'node:dns/promises';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SYNC } from '../agent/agent-program.ts';
import { LicenceFault, readLicence } from '../agent/licence-file.ts';
import { checkFolder, checkLicence, type Finding } from '../cli/check-agent.ts';
import { checkWatchedFolders, checkWatchLimit } from '../cli/check-folders.ts';
import { checkWays, type Way, waysOf } from '../cli/check-ways.ts';
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
  findings.push(...(await checkWays(config, running)));
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

/** What a name stands for now, for firewalls that know addresses only; nothing where it cannot be told. */
async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

/**
 * The connections that a firewall has to let through, one line each. None comes in.
 * @param addresses of a name
 */
export async function firewallRules(
  config: SyncConfig,
  running: Pick<LocalStatus, 'storeOrigins'> | null,
  addresses: (host: string) => Promise<string[]> = addressesOf,
): Promise<string[]> {
  const { proxy, interface: from } = config.uplink;
  const origin = from === null ? 'this machine' : `this machine's address on ${from}`;
  let needsNames = false;
  const rule = async (url: string, what: string) => {
    const { hostname, port, protocol } = new URL(url);
    const number = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
    const isName = isIP(hostname.replace(/^\[|\]$/g, '')) === 0;
    needsNames ||= isName && hostname !== 'localhost';
    const now = isName ? await addresses(hostname) : [];
    const at = now.length === 0 ? '' : `, now ${now.join(' and ')}`;
    return `allow  TCP from ${origin} to ${hostname} port ${number}  (${what}${at})`;
  };
  const ways = waysOf(config, running);
  const rules: string[] = [];
  if (proxy === null) for (const way of ways) rules.push(await rule(way.url, purposeOf(way)));
  else
    rules.push(
      await rule(proxy, `proxy, which must allow CONNECT to ${ways.map(throughProxy).join(' and ')}`),
    );
  if (needsNames) rules.push(`allow  UDP and TCP from ${origin} to its name servers port 53  (DNS)`);
  rules.push('no connection towards this machine is needed');
  if (running === null || running.storeOrigins.length === 0)
    rules.push(
      'the address of the store is told by the server after the enrolment: check again then, with beamdeck-sync running',
    );
  return rules;
}

const purposeOf = ({ url, who }: Way) => `${who}, ${url.startsWith('https:') ? 'HTTPS' : 'HTTP'}`;

/** Proxies know ports, and refuse to connect to others than those they were told. */
function throughProxy({ url }: Way): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port === '' ? '443' : port}`;
}
