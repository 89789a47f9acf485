import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AgentConfigError } from '../agent/agent-config.ts';
import { TEMPORARY_NAMES } from '../files/folder-config.ts';
import { parseSyncConfig } from './sync-config.ts';

const FILE = '/etc/beamdeck/sync.conf';
const SERVER = 'server = "https://beamdeck.example.org"\n';

function faultsOf(text: string): readonly string[] {
  try {
    parseSyncConfig(text, FILE);
    return [];
  } catch (error) {
    if (error instanceof AgentConfigError) return error.faults;
    throw error;
  }
}

it('needs nothing but the server: one folder per folder of an experiment, licence and journal where the package puts them', () => {
  const config = parseSyncConfig(SERVER, FILE);
  expect(config.folders.map(({ name, path }) => [name, path])).toEqual([
    ['raw', '/opt/beamdeck/sync/raw'],
    ['processed', '/opt/beamdeck/sync/processed'],
    ['work', '/opt/beamdeck/sync/work'],
    ['metadata', '/opt/beamdeck/sync/metadata'],
    ['auxiliary', '/opt/beamdeck/sync/auxiliary'],
  ]);
  expect(config.folders[0]).toMatchObject({ watch: 'auto', settleMs: 2000, scanMs: null, include: [] });
  expect(config.folders[0]!.exclude).toEqual(TEMPORARY_NAMES);
  expect(config).toMatchObject({
    licenceFile: '/var/lib/beamdeck-sync/licence.json',
    stateDir: '/var/lib/beamdeck-sync',
    token: null,
    logLevel: 'info',
  });
});

it('takes folders with names of their own, polling, patterns and limits', () => {
  const config = parseSyncConfig(
    `${SERVER}state_dir = "/srv/journal"
[uplink]
max_rate = "50 MB"
[[uplink.schedule]]
from = "08:00"
to = "18:00"
max_rate = "10 MB"
[[folder]]
folder = "raw"
[[folder]]
folder = "raw"
name = "pilatus"
path = "/ramdisk/images"
polling = "on"
scan_s = 30
include = ["**/*.cbf"]
[[folder]]
folder = "processed"
path = "results"
polling = "off"
`,
    FILE,
  );
  expect(config.licenceFile).toBe('/srv/journal/licence.json');
  expect(config.uplink).toMatchObject({ maxRate: 50e6, schedule: [{ from: 480, to: 1080, maxRate: 10e6 }] });
  expect(config.folders).toMatchObject([
    { name: 'raw', path: '/opt/beamdeck/sync/raw', watch: 'auto' },
    {
      name: 'raw/pilatus',
      path: '/ramdisk/images',
      watch: 'polling',
      scanMs: 30_000,
      include: ['**/*.cbf'],
    },
    { name: 'processed', path: '/etc/beamdeck/results', watch: 'events' },
  ]);
});

it('reports every wrong and unknown key with its line, all at once', () => {
  expect(
    faultsOf(`sever = "https://beamdeck.example.org"
[buffer]
dir = "/tmp"
[[folder]]
folder = "raws"
[[folder]]
folder = "work"
name = "a b"
path = "/data/a"
poling = "on"
[[folder]]
folder = "work"
path = "/data/a/b"
settle_s = "2"
polling = true
`),
  ).toEqual([
    'server is missing',
    'line 1: unknown key "sever"',
    'line 2: unknown key "buffer"',
    'line 5: folder must be "raw" or "processed" or "work" or "metadata" or "auxiliary"',
    'line 8: name must be a word of at most 100 letters, digits, "_", "." and "-"',
    'line 10: unknown key "poling" in [folder]',
    'line 13: path lies inside "work/a b", or the other way round',
    'line 14: settle_s must be a number from 0.02 to 86400',
    'line 15: polling must be "auto" or "on" or "off"',
  ]);
  expect(
    faultsOf(`${SERVER}[[folder]]\nfolder = "raw"\n[[folder]]\nfolder = "raw"\npath = "/elsewhere"\n`),
  ).toEqual(['line 5: folder "raw" is used twice; give each folder with the same "folder" its own "name"']);
  expect(faultsOf(`${SERVER}[[folder]]\nfolder = "raw"\nname = "pilatus"\n`)).toEqual([
    'line 2: path is missing',
  ]);
  expect(faultsOf('server = "https://a"\nb = [')).toEqual([expect.stringMatching(/^line 2: /)]);
});

it('the example configuration is without fault', () => {
  const example = readFileSync(new URL('../../packaging/sync.conf', import.meta.url), 'utf8');
  const config = parseSyncConfig(example, FILE);
  expect(config).toMatchObject({ serverUrl: 'https://beamdeck.example.org' });
  // What stands there in comments are the defaults.
  const shown = example.replaceAll(/^#(?=[a-z_]+ = |\[)/gm, '');
  expect(faultsOf(shown)).toEqual([]);
});

it('the example in docs/sync.md is without fault, and says the defaults', () => {
  const document = readFileSync(new URL('../../docs/sync.md', import.meta.url), 'utf8');
  const shown = parseSyncConfig(/```toml\n([\s\S]*?)```/.exec(document)![1]!, FILE);
  const bare = parseSyncConfig(SERVER, FILE);
  const { uplink: _, folders: __, instrument: ___, ...common } = shown;
  expect(bare).toMatchObject(common);
  expect(shown.folders.map(({ name }) => name)).toEqual(['raw', 'raw/pilatus']);
  const { include, exclude, scanMs, ...folder } = shown.folders[0]!;
  expect(bare.folders[0]).toMatchObject(folder);
});
