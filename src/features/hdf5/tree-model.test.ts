import { describe, expect, it } from 'vitest';
import { findDefaultPlot, type NexusLook } from './nexus-plot.ts';
import type { NodeRow } from './nodes.ts';
import { groupsAbove, type Listing, mayOpen, mergeListing, treeLines } from './tree-model.ts';

const row = (path: string, kind: NodeRow['kind'], more: Partial<NodeRow> = {}): NodeRow => ({
  ...{ name: path.slice(path.lastIndexOf('/') + 1), path, kind, link: { kind: 'hard' } },
  ...{ nxClass: null, shape: null, type: null, sameAs: null },
  ...more,
});
const listing = (...rows: NodeRow[]): Listing =>
  mergeListing(undefined, { names: rows.map(({ name }) => name), from: 0, rows });

describe('the tree', () => {
  const listings = new Map([
    ['/', listing(row('/entry', 'group'), row('/other', 'group'))],
    ['/entry', listing(row('/entry/data', 'dataset'), row('/entry/up', 'group', { sameAs: '/' }))],
  ]);
  const words = (open: string[], known: ReadonlyMap<string, Listing> = listings) =>
    treeLines(known, new Set(open), 'a.h5').map((line) =>
      line.kind === 'node' ? `${line.depth} ${line.name}` : `${line.depth} (${line.text})`,
    );

  it('shows what is open below what it lies in', () => {
    expect(words([])).toEqual(['0 a.h5', '1 entry', '1 other']);
    expect(words(['/entry'])).toEqual(['0 a.h5', '1 entry', '2 data', '2 up', '1 other']);
    expect(words(['/entry', '/other']).at(-1)).toBe('2 (reading …)');
    expect(words([], new Map())).toEqual(['0 a.h5', '1 (reading …)']);
    expect(words([], new Map([['/', listing()]]))).toEqual(['0 a.h5', '1 (empty)']);
    const fault = { names: [], rows: new Map(), fault: 'It is damaged.' };
    expect(words([], new Map([['/', fault]]))).toEqual(['0 a.h5', '1 (It is damaged.)']);
  });

  it('ends where a group is one of those above it', () => {
    expect(words(['/entry', '/entry/up'])).not.toContain('3 entry');
    expect(mayOpen(row('/entry/up', 'group', { sameAs: '/' }))).toBe(false);
    expect(mayOpen(row('/x', 'elsewhere'))).toBe(true);
    expect(mayOpen(row('/x', 'missing'))).toBe(false);
  });

  it('knows names before rows, and rows as they come', () => {
    const names = ['a', 'b', 'c'];
    const first = mergeListing(undefined, { names, from: 0, rows: [row('/a', 'group')] });
    const both = mergeListing(first, { names, from: 2, rows: [row('/c', 'group')] });
    expect([...both.rows.keys()]).toEqual([0, 2]);
    expect(words([], new Map([['/', both]]))).toEqual(['0 a.h5', '1 a', '1 b', '1 c']);
  });

  it('opens the way to a path', () => {
    expect(groupsAbove('/entry/data/x')).toEqual(['/', '/entry', '/entry/data']);
    expect(groupsAbove('/')).toEqual([]);
  });
});

describe('what NeXus wants to be drawn', () => {
  type Tree = Record<string, { attributes?: Record<string, string | number | string[]>; shape?: number[] }>;
  const look = (tree: Tree): NexusLook => ({
    attribute: (path, name) => tree[path]?.attributes?.[name] ?? null,
    names: (path) =>
      Object.keys(tree)
        .filter((one) => one !== '/' && one.slice(0, one.lastIndexOf('/')) === (path === '/' ? '' : path))
        .map((one) => one.slice(one.lastIndexOf('/') + 1)),
    shape: (path) => tree[path]?.shape ?? null,
  });

  it('is found along @default, with axes that fit', () => {
    const tree: Tree = {
      '/': { attributes: { default: 'scan' } },
      '/scan': { attributes: { NX_class: 'NXentry', default: 'plot' } },
      '/scan/plot': { attributes: { NX_class: 'NXdata', signal: 'map', axes: ['.', 'x'] } },
      '/scan/plot/map': { shape: [5, 7] },
      '/scan/plot/x': { shape: [7] },
    };
    const found = { group: '/scan/plot', signal: '/scan/plot/map' };
    expect(findDefaultPlot(look(tree), '/')).toEqual({ ...found, axes: [null, '/scan/plot/x'] });
    const short = { ...tree, '/scan/plot/x': { shape: [6] } };
    expect(findDefaultPlot(look(short), '/')).toEqual({ ...found, axes: [null, null] });
  });

  it('is the first NXdata of the first NXentry where nothing is said', () => {
    const tree: Tree = {
      '/': {},
      '/entry': { attributes: { NX_class: 'NXentry' } },
      '/entry/instrument': { attributes: { NX_class: 'NXinstrument' } },
      '/entry/data': { attributes: { NX_class: 'NXdata', signal: 'data' } },
      '/entry/data/data': { shape: [3, 4, 5] },
    };
    expect(findDefaultPlot(look(tree), '/')).toMatchObject({ signal: '/entry/data/data' });
    expect(findDefaultPlot(look(tree), '/entry/instrument')).toBeNull();
  });

  it('is nothing where @default leads in a circle, or the signal is not there', () => {
    expect(findDefaultPlot(look({ '/': { attributes: { default: '/' } } }), '/')).toBeNull();
    const tree: Tree = { '/': { attributes: { NX_class: 'NXdata', signal: 'gone' } } };
    expect(findDefaultPlot(look(tree), '/')).toBeNull();
  });
});
