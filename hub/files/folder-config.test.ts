import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { TomlFaults } from '../agent/toml-faults.ts';
import { type FolderConfig, readFolders, TEMPORARY_NAMES } from './folder-config.ts';
import { NameFilter } from './name-filter.ts';
import { pathBytesOfText } from './path-bytes.ts';

function read(text: string): { folders: readonly FolderConfig[]; faults: string[] } {
  const faults = new TomlFaults(text);
  const root = faults.table(parse(text), '');
  const folders = readFolders(root, '/etc/beamdeck');
  root.finish();
  let found: string[] = [];
  try {
    faults.throwIfAny((all) => {
      found = all;
      return new Error();
    });
  } catch {
    // Collected above.
  }
  return { folders, faults: found };
}

describe('the folders of hub.toml', () => {
  it('are the landing folder and others by name, paths counted from the file', () => {
    const { folders, faults } = read(`[landing]
path = "landing"
settle_s = 0.5
[[folder]]
name = "pilatus"
path = "/ramdisk/images"
scan_s = 20
watch = "polling"
`);
    expect(faults).toEqual([]);
    expect(folders).toMatchObject([
      {
        name: 'landing',
        path: '/etc/beamdeck/landing',
        settleMs: 500,
        scanMs: null,
        canary: true,
        watch: 'auto',
      },
      {
        name: 'pilatus',
        path: '/ramdisk/images',
        settleMs: 2000,
        scanMs: 20_000,
        canary: false,
        watch: 'polling',
      },
    ]);
    expect(read('').folders).toEqual([]);
  });

  it('every fault has its line', () => {
    const { faults } = read(`[landing]
path = "/data"
settle = 3
[[folder]]
name = "landing"
path = "/data/inner"
include = "*.cbf"
[[folder]]
name = "a"
watch = "often"
canary = 1
`);
    expect(faults).toEqual([
      'line 3: unknown key "settle" in [landing]',
      'line 5: name "landing" is used twice; each folder needs its own name',
      'line 6: path lies inside "landing", or the other way round',
      'line 7: include must be a list of patterns such as ["**/*.cbf"]',
      'line 8: path is missing',
      'line 10: watch must be "auto" or "events" or "polling"',
      'line 11: canary must be true or false',
    ]);
  });
});

describe('names that are wanted', () => {
  const usual = new NameFilter({ include: [], exclude: TEMPORARY_NAMES });
  it.each([
    ['lyso_0001.cbf', true],
    ['a/b/.hidden', true],
    ['.lyso_0001.cbf.Ab3dEf', false],
    ['a/.lyso_0001.cbf.Ab3dEf', false],
    ['a/data.h5.part', false],
    ['a/notes.txt~', false],
    ['.nfs000123', false],
    ['a/.~tmp~/x.cbf', false],
    ['strange\nname.tmp', false],
  ])('%s: %s', (name, isWanted) => {
    expect(usual.isWanted(pathBytesOfText(name))).toBe(isWanted);
  });

  it('only those included, when something is', () => {
    const cbf = new NameFilter({ include: ['**/*.cbf'], exclude: ['scratch/**'] });
    expect(['x.cbf', 'a/b/x.cbf', 'x.h5', 'scratch/x.cbf'].map((name) => cbf.isWanted(name))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
