import { describe, expect, it } from 'vitest';
import { destinationFor, destinationPath } from './destination.ts';

const since = (iso: string, template: string, source = 'eiger') =>
  ({ source, folder: 'raw', template, since: new Date(iso) }) as const;
const history = [
  since('2026-05-02T00:00:00Z', '{date}/{prefix}'),
  since('2026-05-01T00:00:00Z', '{sample}/{prefix}'),
  since('2026-05-03T00:00:00Z', '{series}', 'other'),
];
const at = (iso: string, name = 'eiger') =>
  destinationFor(history, { name, kind: 'stream' }, new Date(iso)).template;

describe('the destination of a source', () => {
  it('is the newest that was set when the acquisition began', () => {
    expect(at('2026-05-01T12:00:00Z')).toBe('{sample}/{prefix}');
    expect(at('2026-05-02T00:00:00Z')).toBe('{date}/{prefix}');
    expect(at('2027-01-01T00:00:00Z')).toBe('{date}/{prefix}');
  });

  it('is the default of its kind before any was set, and for other sources', () => {
    expect(at('2026-04-30T23:59:59Z')).toBe('{prefix}');
    expect(at('2026-05-02T12:00:00Z', 'other')).toBe('{prefix}');
    const landing = destinationFor(history, { name: 'landing', kind: 'folder' }, new Date());
    expect(landing).toEqual({ folder: 'raw', template: '{path}' });
  });

  it('is before any was set the folder of the experiment that a watched folder is named after', () => {
    const of = (name: string) => destinationFor([], { name, kind: 'folder' }, new Date()).folder;
    expect(['processed', 'work/scratch', 'metadata', 'auxiliary/x', 'raw'].map(of)).toEqual([
      'processed',
      'work',
      'metadata',
      'auxiliary',
      'raw',
    ]);
    expect(of('processed-old')).toBe('raw');
    const stream = destinationFor([], { name: 'processed', kind: 'stream' }, new Date());
    expect(stream).toEqual({ folder: 'raw', template: '{prefix}' });
  });

  it('gives a path of the experiment, the folder alone when nothing is left', () => {
    const values = { at: new Date(0), timeZone: 'UTC', experiment: 'X', source: 'eiger', path: 'a/run' };
    const raw = { folder: 'raw', template: '{prefix}' } as const;
    expect(destinationPath(raw, values, 'stream')).toBe('raw/a/run');
    expect(destinationPath(raw, { ...values, path: '..' }, 'stream')).toBe('raw');
  });
});
