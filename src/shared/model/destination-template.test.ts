import { describe, expect, it } from 'vitest';
import { type DestinationValues, expandTemplate, templateFaults } from './destination-template.ts';
import { assertStorePath, cleanPrefix } from './store-path.ts';

const values = (changes: Partial<DestinationValues> = {}): DestinationValues => ({
  at: new Date('2026-11-21T22:30:05Z'),
  timeZone: 'Europe/Berlin',
  experiment: 'DEM26-7K2QF',
  source: 'eiger',
  detector: 'eiger',
  series: 17,
  sample: 'lyso-1',
  path: 'lyso/run_1',
  ...changes,
});
const stream = (template: string, changes: Partial<DestinationValues> = {}) =>
  expandTemplate(template, values(changes), 'stream');
const folder = (template: string, path: string, changes: Partial<DestinationValues> = {}) =>
  expandTemplate(
    template,
    values({ path, source: 'landing', detector: null, series: null, ...changes }),
    'folder',
  );

describe('templates of destinations', () => {
  it('fill in what is known, the date at the facility', () => {
    expect(stream('{date}/{sample}/{prefix}')).toBe('2026-11-21/lyso-1/lyso/run_1');
    expect(stream('{year}/{month}/{day}/{time}_{name}')).toBe('2026/11/21/233005_run_1');
    expect(stream('{date}/{prefix}', { timeZone: 'Asia/Tokyo' })).toBe('2026-11-22/lyso/run_1');
    expect(stream('{experiment}_{detector}_{series}')).toBe('DEM26-7K2QF_eiger_17');
    expect(stream('x/{parent}/{name}')).toBe('x/lyso/run_1');
    // Summer time: an hour more than in winter.
    expect(stream('{time}_{series}', { at: new Date('2026-07-01T12:00:00Z') })).toBe('140000_17');
    expect(stream('{time}_{series}', { at: new Date('2026-11-21T23:00:00Z') })).toBe('000000_17');
  });

  it('keep the names of files', () => {
    expect(folder('{date}/{path}', 'lyso/run_1_0001.cbf')).toBe('2026-11-21/lyso/run_1_0001.cbf');
    expect(folder('{source}/{sample}_{name}', 'a/b/run.h5')).toBe('landing/lyso-1_run.h5');
    const deep = `${Array.from({ length: 30 }, (_, i) => `folder${i}`).join('/')}/x.cbf`;
    expect(folder('{path}', deep)).toBe(deep);
  });

  it.each([
    ['{date}/{sample}/{prefix}', { sample: null }, '2026-11-21/lyso/run_1'],
    ['{sample}_{name}', { sample: '' }, 'run_1'],
    ['{name}_{sample}', { sample: ' ' }, 'run_1'],
    ['{detector}-{sample}-{series}', { sample: null }, 'eiger-17'],
    ['{sample}/{parent}/{name}', { sample: null, path: 'run_1' }, 'run_1'],
    ['{prefix}', { path: '' }, ''],
  ])('%s with %j leaves nothing of what is empty: %s', (template, changes, expected) => {
    expect(stream(template, changes)).toBe(expected);
  });

  it.each([
    '../../etc',
    '/etc/passwd',
    '..',
    '..\\..\\x',
    'a/../../b',
    '\0..',
    '. .',
    'con',
    '~root/x',
    'x\u202ey',
  ])('cannot be led out of the experiment by %j', (evil) => {
    for (const template of [
      '{sample}/{prefix}',
      '{sample}{prefix}',
      '{date}/{sample}.{name}',
      '{parent}{sample}/{series}',
    ]) {
      const path = stream(template, { sample: evil, path: evil });
      expect(cleanPrefix(path).prefix).toBe(path);
      if (path !== '') assertStorePath(`raw/${path}`);
    }
    expect(stream('{sample}/{series}', { sample: evil }).split('/').length).toBeLessThanOrEqual(2);
    const file = folder('{sample}/{path}', `${evil}/x.cbf`, { sample: evil });
    assertStorePath(`raw/${file}`);
    expect(file.endsWith('x.cbf')).toBe(true);
  });

  it('give up leading folders of what is too long or too deep, never the end', () => {
    const deep = stream('{date}/{sample}/{prefix}', { path: 'a/b/c/d/e/f/g/run_1' });
    expect(deep).toBe('a/b/c/d/e/f/g/run_1');
    const long = folder('{path}', `${'n'.repeat(100)}/`.repeat(12).concat('x.cbf'));
    expect(long.length).toBeLessThanOrEqual(900);
    expect(long.endsWith('/x.cbf')).toBe(true);
  });

  it.each([
    ['', 'stream', /is empty/],
    ['{foo}/{prefix}', 'stream', /There is no \{foo\}: there are date, year/],
    ['{}/{prefix}', 'stream', /no name in \{\}/],
    ['{prefix', 'stream', /opened and not closed/],
    ['prefix}', 'stream', /was not opened/],
    ['/{prefix}', 'stream', /begins with a slash/],
    ['a//{prefix}', 'stream', /two slashes/],
    ['{prefix}/', 'stream', /at its end/],
    ['../{prefix}', 'stream', /stays inside/],
    ['a\\{prefix}', 'stream', /backslash/],
    ['a:b/{prefix}', 'stream', /“a:b” has characters/],
    ['raw/{prefix}', 'stream', /leave it out/],
    ['{date}/{sample}', 'stream', /told from another/],
    ['{path}/{date}', 'folder', /must end with \{path\} or \{name\}/],
    ['{prefix}', 'folder', /must end with/],
    ['x'.repeat(301), 'stream', /longer than 300/],
  ] as const)('%j of a %s has the fault %s', (template, kind, sentence) => {
    expect(templateFaults(template, kind).join('\n')).toMatch(sentence);
  });

  it.each([
    ['{date}/{sample}/{prefix}', 'stream'],
    ['run {series}.v2_{name}', 'stream'],
    ['{ date }/{path}', 'folder'],
  ] as const)('%j of a %s has none', (template, kind) => {
    expect(templateFaults(template, kind)).toEqual([]);
  });
});
