import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFolder } from './folder-claim.ts';
import { LocalPlaces } from './local-places.ts';
import { PullState } from './pull-state.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'beamdeck-places-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('places', () => {
  it.each(['../out', 'raw/../../out', '/etc/passwd', 'raw//x', 'raw/./x', 'raw/', '', 'raw/a\0b', '..'])(
    'refuses %j and makes nothing',
    (path) => {
      const root = join(dir, 'root');
      mkdirSync(root);
      expect(() => new LocalPlaces(root).placeOf(path)).toThrow(/refused/);
      expect(readdirSync(dir)).toEqual(['root']);
      expect(readdirSync(root)).toEqual([]);
    },
  );

  it('has the part beside the file, under a name that no file of the experiment gets', () => {
    const places = new LocalPlaces(dir);
    const { file, part } = places.placeOf('raw/a/b.h5');
    expect([file, part]).toEqual([join(dir, 'raw/a/b.h5'), join(dir, 'raw/a/.b.h5.beamdeck-part')]);
    expect(() => places.placeOf('raw/a/.b.h5.beamdeck-part')).toThrow(/refused/);
    const long = places
      .placeOf(`raw/${'x'.repeat(255)}`)
      .part.split('/')
      .pop()!;
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(255);
  });

  it('follows links that stay in the folder', () => {
    mkdirSync(join(dir, 'disk'));
    symlinkSync('disk', join(dir, 'raw'));
    expect(new LocalPlaces(dir).placeOf('raw/x').file).toBe(join(dir, 'disk/x'));
  });
});

it('claims a folder for one process, until it is released', () => {
  const release = claimFolder(dir);
  expect(readdirSync(dir)).toEqual(['.beamdeck-pull.lock']);
  release();
  claimFolder(dir)();
  expect(readdirSync(dir)).toEqual([]);
});

describe('the state', () => {
  const known = { sha256: 'a'.repeat(64), sizeBytes: 3, mtimeMs: 1_700_000_000_000.25 };
  const reopened = () => {
    const state = new PullState(dir);
    state.close();
    return state;
  };

  it('remembers files and parts, exactly', () => {
    const state = new PullState(dir);
    state.bind('X', dir);
    state.beginPart('raw/a', 'b'.repeat(64));
    state.beginPart('raw/b', 'c'.repeat(64));
    state.put('raw/a', known);
    state.close();
    expect(reopened().get('raw/a')).toEqual(known);
    expect([reopened().partOf('raw/a'), reopened().partOf('raw/b')]).toEqual([null, 'c'.repeat(64)]);
    expect(() => reopened().bind('Y', dir)).toThrow(/holds files of X/);
  });

  it('loses nothing but a line that was cut off, and what follows it stands', () => {
    const first = new PullState(dir);
    first.put('raw/a', known);
    first.close();
    appendFileSync(join(dir, '.beamdeck-pull.state'), '{"path":"raw/b","sha2');
    const second = new PullState(dir);
    second.put('raw/c', known);
    second.close();
    const state = reopened();
    expect([state.get('raw/a'), state.get('raw/b'), state.get('raw/c')]).toEqual([known, null, known]);
  });

  it('is written anew once most of it is of former contents', () => {
    const state = new PullState(dir);
    state.bind('X', dir);
    for (let n = 0; n < 12_000; n++) state.put('raw/a', { ...known, sizeBytes: n });
    state.close();
    const before = statSync(join(dir, '.beamdeck-pull.state')).size;
    expect(reopened().get('raw/a')).toEqual({ ...known, sizeBytes: 11_999 });
    expect(statSync(join(dir, '.beamdeck-pull.state')).size).toBeLessThan(before / 1000);
    expect(() => reopened().bind('Y', dir)).toThrow(/holds files of X/);
  });
});
