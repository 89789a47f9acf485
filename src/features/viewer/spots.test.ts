import { afterEach, expect, test, vi } from 'vitest';
import type { SpotRun } from '#src/server/domain/jobs/spot-runs.ts';
import { type FrameSpot, packSpots, SPOT_BYTES, writeSpotsFile } from '#src/shared/codecs/spots-file.ts';
import { countSpots, drawnSpots, hklText, labelledSpots, spotAt } from './overlay-spots.ts';
import { LocalSpots, PartSpots, SpotsExpired, StoredSpots } from './spot-sources.ts';
import { runToShow } from './use-frame-spots.ts';

const spot = (changes: Partial<FrameSpot> = {}): FrameSpot => ({
  ...{ fast: 10.5, slow: 20.5, intensity: 50, hkl: null, kind: 'found', box: null },
  ...changes,
});
/** `counts[i]` spots on frame i + 1. */
const fileOf = (counts: readonly number[], first = 1) =>
  writeSpotsFile(
    new Map(
      counts.map((count, n) => [
        first + n,
        packSpots(
          Array.from({ length: count }, (_, k) => spot({ fast: k, slow: first + n })),
          SPOT_BYTES.plain,
        ),
      ]),
    ),
    SPOT_BYTES.plain,
  );

/** A server of files, and which ranges were asked of it. */
function serve(files: Record<string, Uint8Array>): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string, { headers }: { headers?: { range: string } }) => {
    asked.push(`${url} ${headers?.range ?? 'all'}`);
    const file = files[url];
    if (!file) return new Response(null, { status: 403 });
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(headers?.range ?? '') ?? [];
    if (from === undefined) return new Response(file.slice());
    return new Response(file.slice(Number(from), Number(to) + 1), { status: 206 });
  });
  return asked;
}
afterEach(() => vi.unstubAllGlobals());

test('of a stored file the index is fetched once, and then the range of each frame', async () => {
  const asked = serve({ a: fileOf(Array(5000).fill(3)) });
  const source = new StoredSpots('a', 16 + 5000 * 16 + 5000 * 48);
  expect(source.peek(2, 1)).toBeNull();
  const found = await source.load(2, 1);
  expect(found.looked).toBe(1);
  expect(found.spots.map(({ slow }) => slow)).toEqual([3, 3, 3]);
  await source.load(2, 1);
  expect(source.peek(2, 1)).toEqual(found);
  expect((await source.load(10, 4)).spots).toHaveLength(12);
  // The index is larger than the first bytes; frames of a stack come together.
  expect(asked).toEqual([
    'a bytes=0-65535',
    'a bytes=0-80015',
    `a bytes=${80016 + 2 * 48}-${80016 + 3 * 48 - 1}`,
    `a bytes=${80016 + 10 * 48}-${80016 + 14 * 48 - 1}`,
  ]);
});

test('frames without spots and frames that nobody looked at are not the same', async () => {
  serve({ a: fileOf([4, 0]) });
  const source = new StoredSpots('a', 16 + 2 * 16 + 64);
  expect(await source.load(1, 1)).toEqual({ spots: [], looked: 1 });
  expect(await source.load(2, 1)).toEqual({ spots: [], looked: 0 });
  expect(await source.load(0, 5)).toMatchObject({ looked: 2 });
});

test('an address that has expired is asked for anew, and what was fetched stays', async () => {
  const files: Record<string, Uint8Array> = { a: fileOf([1, 2]) };
  serve(files);
  const source = new StoredSpots('a', 16 + 32 + 48);
  await source.load(0, 1);
  files.b = files.a!;
  delete files.a;
  await expect(source.load(1, 1)).rejects.toBeInstanceOf(SpotsExpired);
  source.url = 'b';
  expect((await source.load(1, 1)).spots).toHaveLength(2);
  expect(source.peek(0, 2)?.spots).toHaveLength(3);
});

test('of a run that goes on the newest part is fetched first, and others only for what it has not', async () => {
  const asked = serve({
    1: fileOf([1, 1]),
    2: fileOf([2, 2], 3),
    '2b': fileOf([2, 2, 5], 3),
    3: fileOf([9], 2),
  });
  const source = new PartSpots();
  const part = (url: string) => ({ url, mark: url });
  source.setParts([part('1'), part('2')]);
  expect((await source.load(3, 1)).spots).toHaveLength(2);
  expect(asked).toEqual(['2 all']);
  source.setParts([part('1'), part('2b')]);
  expect((await source.load(4, 1)).spots).toHaveLength(5);
  expect((await source.load(0, 5)).looked).toBe(5);
  // A frame that was looked at again.
  source.setParts([part('1'), part('2b'), part('3')]);
  expect((await source.load(1, 1)).spots).toHaveLength(9);
  expect(asked).toEqual(['2 all', '2b all', '1 all', '3 all']);
  expect(await source.load(77, 1)).toEqual({ spots: [], looked: 0 });
});

test('a file of this computer is there at once', () => {
  const source = new LocalSpots(new Map([[2, [spot(), spot()]]]));
  expect(source.peek(0, 3)).toMatchObject({ looked: 1, spots: [{}, {}] });
});

test('the run to show is the chosen one, else the first that has ended, else what goes on', () => {
  const run = (jobId: string, isOver: boolean) =>
    ({ jobId, file: isOver ? { url: '' } : null }) as unknown as SpotRun;
  const runs = [run('going', false), run('best', true), run('older', true)];
  expect(runToShow(runs, 'older')?.jobId).toBe('older');
  expect(runToShow(runs, null)?.jobId).toBe('best');
  expect(runToShow(runs, 'gone')?.jobId).toBe('best');
  expect(runToShow(runs.slice(0, 1), null)?.jobId).toBe('going');
  expect(runToShow([], null)).toBeNull();
});

const VIEW = { scale: 2, x: 100, y: 50 };
const CANVAS = { width: 400, height: 300, density: 2 };

test('spots lie where their pixels are, as large on the screen as asked, or as what they cover', () => {
  const spots = [spot(), spot({ box: [20, 10] }), spot({ fast: 900 }), spot({ kind: 'ice' })];
  const drawn = drawnSpots(spots, ['found'], VIEW, CANVAS, 5);
  expect(drawn.map(({ x, y, radius }) => [x, y, radius])).toEqual([
    [121, 91, 10],
    [121, 91, 23],
  ]);
});

test('indices are printed once for a reflection, and not at all where they would cover the picture', () => {
  const of = (count: number) =>
    Array.from({ length: count }, (_, k) => spot({ kind: 'indexed', hkl: [k + 1, 0, -2], fast: k / 10 }));
  const both = [
    ...of(2),
    spot({ kind: 'predicted', hkl: [1, 0, -2] }),
    spot({ kind: 'predicted', hkl: [9, 9, 9] }),
  ];
  const all = ['found', 'indexed', 'predicted', 'ice'] as const;
  const labels = labelledSpots(drawnSpots(both, all, VIEW, CANVAS, 5));
  expect(labels.map((one) => `${one.spot.kind} ${hklText(one.spot.hkl!)}`)).toEqual([
    ...['indexed 1 0 −2', 'indexed 2 0 −2', 'predicted 9 9 9'],
  ]);
  expect(labelledSpots(drawnSpots(of(300), all, VIEW, CANVAS, 5))).toEqual([]);
});

test('the spot under the pointer is the nearest, and of two at a place the one that says more', () => {
  const spots = [
    spot({ kind: 'predicted', hkl: [1, 2, 3] }),
    spot({ kind: 'indexed', hkl: [1, 2, 3] }),
    spot({ fast: 30 }),
  ];
  const drawn = drawnSpots(spots, ['found', 'indexed', 'predicted'], VIEW, CANVAS, 5);
  expect(spotAt(drawn, 122, 92, 2)?.spot.kind).toBe('indexed');
  expect(spotAt(drawn, 160, 90, 2)?.spot.kind).toBe('found');
  expect(spotAt(drawn, 300, 290, 2)).toBeNull();
  expect(countSpots(spots)).toEqual({ found: 1, indexed: 1, predicted: 1, ice: 0 });
});
