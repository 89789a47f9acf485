import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalStatus } from '../local/local-control.ts';
import { AgentApiPeer } from '../testing/agent-api-peer.ts';
import { checkSync, firewallRules } from './check-sync.ts';
import { parseSyncConfig } from './sync-config.ts';

const running = (...storeOrigins: string[]) => ({ storeOrigins, refusal: null }) as unknown as LocalStatus;

describe('the rules for a firewall', () => {
  const names: Record<string, string[]> = { 's3.example.org': ['192.0.2.7', '2001:db8::7'] };
  const rules = (text: string, told: LocalStatus | null) =>
    firewallRules(parseSyncConfig(text, '/etc/beamdeck/sync.conf'), told, async (host) => names[host] ?? []);
  const SERVER = 'server = "https://beamdeck.example.org"\n';

  it('name server, data server and store with their ports and addresses, and DNS', async () => {
    const told = running('https://data.example.org', 'https://s3.example.org:8443');
    expect(await rules(SERVER, told)).toEqual([
      'allow  TCP from this machine to beamdeck.example.org port 443  (server, HTTPS)',
      'allow  TCP from this machine to data.example.org port 443  (data server, HTTPS)',
      'allow  TCP from this machine to s3.example.org port 8443  (S3 store, HTTPS, now 192.0.2.7 and 2001:db8::7)',
      'allow  UDP and TCP from this machine to its name servers port 53  (DNS)',
      'no connection towards this machine is needed',
    ]);
  });

  it('name the server once where it gives the bytes too', async () => {
    expect(await rules(SERVER, running('https://beamdeck.example.org'))).toEqual([
      'allow  TCP from this machine to beamdeck.example.org port 443  (server, HTTPS)',
      'allow  UDP and TCP from this machine to its name servers port 53  (DNS)',
      'no connection towards this machine is needed',
    ]);
  });

  it('say that the store is not known yet, and need no DNS for addresses', async () => {
    expect(await rules('server = "https://10.0.0.7"\n[uplink]\ninterface = "eth1"\n', null)).toEqual([
      "allow  TCP from this machine's address on eth1 to 10.0.0.7 port 443  (server, HTTPS)",
      'no connection towards this machine is needed',
      expect.stringContaining('the address of the store is told by the server after the enrolment'),
    ]);
  });

  it('lead to the proxy alone where there is one', async () => {
    const text = `${SERVER}[uplink]\nproxy = "http://proxy.example.org:3128"\n`;
    const [rule] = await rules(text, running('https://data.example.org', 'https://s3.example.org:8443'));
    expect(rule).toBe(
      'allow  TCP from this machine to proxy.example.org port 3128  (proxy, which must allow CONNECT to beamdeck.example.org:443 and data.example.org:443 and s3.example.org:8443)',
    );
  });
});

describe('checking a configuration', () => {
  let folder: string;
  let peer: AgentApiPeer;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-sync-check-'));
    peer = new AgentApiPeer(path.join(folder, 'store'));
    await peer.listen();
    for (const name of ['state', 'raw']) mkdirSync(path.join(folder, name));
  });
  afterEach(async () => {
    await peer.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const check = async (tables: string) => {
    const text = `server = "${peer.url}"\nstate_dir = "state"\n${tables}`;
    const found = await checkSync(parseSyncConfig(text, path.join(folder, 'sync.conf')), running(peer.url));
    return found.filter(({ ok }) => !ok).map(({ text: sentence }) => sentence);
  };
  const putLicence = (...folders: ('raw' | 'processed')[]) =>
    writeFileSync(path.join(folder, 'state/licence.json'), peer.authority.licence({ kind: 'sync', folders }));

  it('finds nothing where everything is good', async () => {
    putLicence('raw');
    expect(await check('[[folder]]\nfolder = "raw"\npath = "raw"\n')).toEqual([]);
  });

  it('names folders that are not there, and those that the licence does not permit', async () => {
    putLicence('raw');
    const bad = await check('[[folder]]\nfolder = "processed"\nname = "xds"\npath = "xds"\n');
    expect(bad).toEqual([
      'folder processed/xds: the licence permits raw and not processed: ask staff for another licence, or for another destination of processed/xds',
      `folder processed/xds, ${path.join(folder, 'xds')}: it is not there: make or mount it, or correct its path`,
    ]);
  });

  it('tells what the running SYNC was refused for, which no file here says', async () => {
    putLicence('raw');
    const told = { ...running(peer.url), refusal: 'The licence was revoked. Ask staff.' };
    const config = parseSyncConfig(
      `server = "${peer.url}"\nstate_dir = "state"\n[[folder]]\nfolder = "raw"\npath = "raw"\n`,
      path.join(folder, 'sync.conf'),
    );
    const bad = (await checkSync(config, told)).filter(({ ok }) => !ok);
    expect(bad.map(({ text }) => text)).toEqual([
      'the running SYNC is refused: The licence was revoked. Ask staff.',
    ]);
  });

  it('names a licence for another kind of agent', async () => {
    writeFileSync(path.join(folder, 'state/licence.json'), peer.authority.licence());
    expect(await check('[[folder]]\nfolder = "raw"\npath = "raw"\n')).toEqual([
      expect.stringContaining('is for a HUB, not for a SYNC: ask staff for one of the right kind'),
    ]);
  });
});
