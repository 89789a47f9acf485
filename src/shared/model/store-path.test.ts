import { describe, expect, it } from 'vitest';
import { assertStoreKey, assertStorePath, cleanPrefix, splitStorePath, suffixedPath } from './store-path.ts';

describe('cleanPrefix', () => {
  it.each([
    ['lyso_1', 'lyso_1'],
    ['lyso/run 1', 'lyso/run 1'],
    ['Protéine-β/拍摄_3', 'Protéine-β/拍摄_3'],
    ['run+1=final (2)', 'run+1=final (2)'],
  ])('keeps the sound name %j and says nothing', (wanted, prefix) => {
    expect(cleanPrefix(wanted)).toEqual({ prefix, changes: [] });
  });

  it.each([
    ['../../etc/passwd', 'etc/passwd'],
    ['/abs/name', 'abs/name'],
    ['a\\b\\..\\c', 'a/b/c'],
    ['a//b/', 'a/b'],
    ['./a/./b', 'a/b'],
    ['C:\\data\\x', 'C_/data/x'],
    ['a\u0000b\nc', 'a_b_c'],
    ['name\u202egnp.exe', 'name_gnp.exe'],
    ['.hidden/-rf/~home', '_hidden/_rf/_home'],
    ['CON', '_CON'],
    ['x/nul.h5', 'x/_nul.h5'],
    ['trailing. ', 'trailing'],
    ['a/... /b', 'a/b'],
    ['', ''],
    ['..', ''],
    ['/', ''],
    ['....', ''],
    ['e\u0301', 'é'],
    ['\ud800x', '_x'],
  ])('makes %j safe as %j and tells', (wanted, prefix) => {
    const cleaned = cleanPrefix(wanted);
    expect(cleaned.prefix).toBe(prefix);
    expect(cleaned.changes.length > 0).toBe(wanted !== prefix);
  });

  it('cuts long names without cutting a character', () => {
    const cleaned = cleanPrefix('é'.repeat(200));
    expect(cleaned.prefix).toBe('é'.repeat(60));
    expect(cleaned.changes).toHaveLength(1);
  });

  it('never leaves the experiment, whatever a stream names (10,000 hostile names)', () => {
    const pieces = [
      '..',
      '.',
      '/',
      '\\',
      '//',
      ' ',
      '\u0000',
      '\n',
      'a',
      'é',
      'e\u0301',
      '\ud83d',
      '😀',
      'CON',
      'nul.',
      'LPT1.h5',
      '~',
      '-',
      ':',
      '*',
      '\u202e',
      '\u200b',
      '\u2028',
      '%2e%2e',
      '%2f',
      'raw',
      'x'.repeat(130),
      '\ufeff',
      '．．',
      '／',
      '\u0085',
      '\t',
      '.h5',
      '…',
    ];
    let seed = 12_345;
    const next = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let n = 0; n < 10_000; n++) {
      const wanted = Array.from({ length: next(14) }, () => pieces[next(pieces.length)]).join('');
      const { prefix, changes } = cleanPrefix(wanted);
      if (prefix !== wanted) expect(changes, JSON.stringify(wanted)).not.toEqual([]);
      expect(cleanPrefix(prefix), JSON.stringify(wanted)).toEqual({ prefix, changes: [] });
      if (prefix === '') continue;
      expect(() => assertStorePath(`raw/${prefix}_master.h5`), JSON.stringify(wanted)).not.toThrow();
      expect(
        new URL(`raw/${prefix.split('/').map(encodeURIComponent).join('/')}`, 'http://h/x/').pathname,
      ).toMatch(/^\/x\/raw\//);
    }
  });
});

describe('assertStorePath', () => {
  it.each(['raw/a.h5', 'raw/lyso/run_1_2_data_000001.h5', 'processed/x/y/z.json', 'auxiliary/.hidden'])(
    'takes %j',
    (path) => {
      expect(() => assertStorePath(path)).not.toThrow();
    },
  );
  it.each([
    '',
    'raw',
    'raw/',
    '/raw/a',
    'other/a',
    'raw/../x',
    'raw/./x',
    'raw//x',
    'raw\\x',
    'raw/a\u0000',
    'raw/a\nb',
    'raw/ a',
    'raw/a ',
    'raw/\ud800',
    `raw/${'x'.repeat(256)}`,
    `raw/${'abc/'.repeat(300)}x`,
    'RAW/a',
    '../raw/a',
  ])('refuses %j', (path) => {
    expect(() => assertStorePath(path)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  });
});

describe('assertStoreKey', () => {
  it("takes keys of experiments and of the unassigned tray, refuses the driver's own folder", () => {
    expect(() => assertStoreKey('DEM26-7K2QF/raw/a.h5')).not.toThrow();
    expect(() => assertStoreKey('_unassigned/0/1/raw/a.h5')).not.toThrow();
    for (const key of ['.uploads/x/data', 'single', '../x/y', 'a/../b', '/a/b', 'a//b']) {
      expect(() => assertStoreKey(key), key).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
    }
  });
});

it('splits and numbers paths', () => {
  expect(splitStorePath('raw/lyso/a.h5')).toEqual({ parent: 'raw/lyso', name: 'a.h5' });
  expect(suffixedPath('raw/run', 2)).toBe('raw/run_2');
  expect(suffixedPath('raw/a.b/run.h5', 3, { beforeExtension: true })).toBe('raw/a.b/run_3.h5');
  expect(suffixedPath('raw/a.b/run', 3, { beforeExtension: true })).toBe('raw/a.b/run_3');
  expect(suffixedPath('raw/x', 1)).toBe('raw/x');
});
