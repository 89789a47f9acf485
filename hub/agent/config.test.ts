import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentConfigError } from './agent-config.ts';
import { parseByteSize } from './byte-size.ts';
import { loadHubConfig, parseHubConfig } from './config.ts';

const GOOD = `server = "http://127.0.0.1:3000"
token = "secret"
state_dir = "state"
[buffer]
dir = ""
max_bytes = "2 GiB"
[[detector]]
name = "simulator"
protocol = "stream-v2"
mode = "connect"
endpoints = ["tcp://127.0.0.1:31001", "tcp://127.0.0.1:31002"]
`;

function faultsOf(text: string): readonly string[] {
  try {
    parseHubConfig(text, '/etc/beamdeck/hub.toml');
  } catch (error) {
    if (error instanceof AgentConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('hub.toml', () => {
  it('is read with its defaults, paths counted from its folder', () => {
    const config = parseHubConfig(GOOD, '/etc/beamdeck/hub.toml');
    expect(config).toMatchObject({
      serverUrl: 'http://127.0.0.1:3000',
      token: 'secret',
      stateDir: '/etc/beamdeck/state',
      buffer: { dir: null, maxBytes: 2 * 1024 ** 3, spill: null },
      logLevel: 'info',
    });
    expect(config.detectors).toHaveLength(1);
    expect(config.detectors[0]).toMatchObject({
      name: 'simulator',
      mode: 'connect',
      seriesTimeoutMs: 60_000,
    });
  });

  it('reports every fault at once, each with its line', () => {
    const text = `server = "http://beamline.example.org"
tokn = "secret"
[buffer]
max_bytes = "2 GX"
colour = "red"
[[detector]]
name = "a"
protocol = "stream-v3"
endpoints = ["tcp://127.0.0.1:31001"]
[[detector]]
name = "a"
protocol = "stream-v2"
mode = "pull"
endpoints = ["udp://127.0.0.1:1", "tcp://*:31001"]
`;
    expect(faultsOf(text)).toEqual([
      'licence_file is missing: the licence of this agent, made by staff in the web app',
      'line 1: server plain http:// is allowed to this machine only; use https:// for "beamline.example.org"',
      'line 2: unknown key "tokn"',
      'line 4: max_bytes must be a size of at least 64 MiB such as "2 GiB"',
      'line 5: unknown key "colour" in [buffer]',
      'line 8: protocol must be "stream-v1" or "stream-v2"',
      'line 11: name "a" is used twice; each detector needs its own name',
      'line 13: mode must be "connect" or "bind"',
      'line 14: endpoints "udp://127.0.0.1:1" is no address such as "tcp://10.0.0.5:31001"',
      'line 14: endpoints "tcp://*:31001": * is for mode = "bind" only',
    ]);
  });

  it('says what is wrong with the uplink', () => {
    const text = `${GOOD}[uplink]
interface = "eth1"
proxy = "https://proxy:3128/path"
ca = "/nowhere/ca.pem"
max_rate = "5 kB"
[[uplink.schedule]]
days = ["mon", "noday"]
from = "25:00"
to = "18:00"
`;
    expect(faultsOf(text).map((fault) => fault.replace(/(read: \w+).*/, '$1'))).toEqual([
      'line 13: interface cannot be given together with proxy: the way to the proxy is the system’s choice',
      expect.stringMatching(/^line 14: proxy must be an address such as/),
      'line 15: ca cannot be read: ENOENT',
      'line 16: max_rate must be a size per second of at least 10 kB such as "20 MB"',
      'line 17: max_rate is missing: the limit in this time',
      'line 18: days must list days: "mon", "tue", "wed", "thu", "fri", "sat", "sun"',
      'line 19: from must be a time such as "08:00"',
    ]);
  });

  it('says where TOML itself is broken', () => {
    expect(faultsOf('server = "http://127.0.0.1:1\n')[0]).toMatch(/^line 1: /);
    expect(faultsOf(`${GOOD}[buffer]\n`)[0]).toMatch(/^line 1\d: /);
  });

  it('accepts https to anywhere and http to this machine only', () => {
    const withServer = (url: string) => faultsOf(GOOD.replace('http://127.0.0.1:3000', url));
    expect(withServer('https://beamdeck.example.org')).toEqual([]);
    expect(withServer('http://localhost:3000')).toEqual([]);
    expect(withServer('http://10.1.2.3')).toHaveLength(1);
    expect(withServer('ftp://x')).toHaveLength(1);
    expect(withServer('beamdeck')).toHaveLength(1);
  });

  it.each([
    ['2 GiB', 2 * 1024 ** 3],
    ['500 MB', 5e8],
    ['1.5GiB', 1.5 * 1024 ** 3],
    ['1024', 1024],
    [4096, 4096],
    ['-1', null],
    ['2 apples', null],
    ['', null],
    [Number.NaN, null],
  ])('reads the size %s', (written, bytes) => {
    expect(parseByteSize(written)).toBe(bytes);
  });
});

describe('the token file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const load = () => loadHubConfig(path.join(folder, 'hub.toml'));

  it('is read from beside the configuration, and must not be readable by others', () => {
    writeFileSync(
      path.join(folder, 'hub.toml'),
      GOOD.replace('token = "secret"', 'token_file = "agent.token"'),
    );
    const token = path.join(folder, 'agent.token');
    expect(load).toThrow(/cannot be read/);
    writeFileSync(token, 'abc123\n', { mode: 0o600 });
    expect(load().token).toBe('abc123');
    chmodSync(token, 0o644);
    expect(load).toThrow(/can be read by others/);
  });

  it('a password of a proxy must not be readable by others either', () => {
    const file = path.join(folder, 'hub.toml');
    writeFileSync(file, `${GOOD}[uplink]\nproxy = "http://hub:secret@proxy:3128"\n`, { mode: 0o644 });
    expect(load).toThrow(/password of the proxy.*chmod 600/);
    chmodSync(file, 0o600);
    expect(load().uplink.proxy).toContain('secret');
  });

  it('a missing configuration is one sentence', () => {
    expect(load).toThrow(/hub\.toml is not usable:\n {2}it is not there: .*--config FILE$/);
  });
});
