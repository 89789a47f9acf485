import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FrameLoader } from './frame-loader.ts';
import type { FromWorker, ToWorker } from './frame-messages.ts';

/** A worker that answers when the test says so. */
class WaitingWorker {
  static all: WaitingWorker[] = [];
  readonly heard: ToWorker[] = [];
  onmessage: ((event: { data: FromWorker }) => void) | null = null;
  constructor() {
    WaitingWorker.all.push(this);
  }
  postMessage(message: ToWorker): void {
    this.heard.push(message);
  }
  terminate(): void {
    this.onmessage = null;
  }
  answer(id: number, values: readonly number[]): void {
    const { buffer } = Uint16Array.from(values);
    const shape = [1, values.length] as const;
    const figures = { overview: null, statistics: null, fetchedBytes: 1, fetchMs: 1, decodeMs: 1 };
    this.onmessage?.({ data: { kind: 'loaded', id, buffer, shape, dtype: 'u2', ...figures } });
  }
}
const asked = () => WaitingWorker.all.flatMap(({ heard }) => heard.filter(({ kind }) => kind === 'frame'));
const at = { url: 'u', offset: 0, sizeBytes: 9 };
const layout = { dtype: 'u2', filter: 'bslz4', shape: [1, 2] as [number, number] } as const;
const plain = { saturation: null };

beforeEach(() => {
  WaitingWorker.all = [];
  vi.stubGlobal('Worker', WaitingWorker);
  vi.stubGlobal('navigator', { hardwareConcurrency: 8 });
});
afterEach(() => vi.unstubAllGlobals());

test('a frame on its way is joined, one that is kept is not asked for again', async () => {
  const loader = new FrameLoader();
  const [first, second] = [loader.load('a', at, layout, plain), loader.load('a', at, layout, plain)];
  expect(asked()).toHaveLength(1);
  WaitingWorker.all[0]!.answer(1, [4, 5]);
  expect(await second).toBe(await first);
  expect([...(await first).pixels]).toEqual([4, 5]);
  expect(await loader.load('a', at, layout, plain)).toBe(await first);
  expect(asked()).toHaveLength(1);
});

test('what was overtaken is cancelled at its worker, what is still wanted goes on', async () => {
  const loader = new FrameLoader();
  const overtaken = loader.load('a', at, layout, plain);
  const wanted = loader.load('b', at, layout, plain);
  loader.keepOnly(new Set(['b', 'c']));
  await expect(overtaken).rejects.toMatchObject({ reason: 'cancelled' });
  expect(WaitingWorker.all.flatMap(({ heard }) => heard)).toContainEqual({ kind: 'cancel', id: 1 });
  for (const worker of WaitingWorker.all) worker.answer(2, [7, 7]);
  expect([...(await wanted).pixels]).toEqual([7, 7]);
  // An answer that comes after all is nobody's.
  WaitingWorker.all[0]!.answer(1, [1, 1]);
  expect(loader.peek('a')).toBeUndefined();
});

test('frames that wait share the workers, stacks stay with the first, which has the frames of the last one', () => {
  const loader = new FrameLoader(1e6, 2);
  for (const key of ['a', 'b', 'c', 'd']) void loader.load(key, at, layout, plain).catch(() => undefined);
  const orders = () =>
    WaitingWorker.all.map(
      ({ heard }) => heard.filter(({ kind }) => kind === 'frame' || kind === 'stack').length,
    );
  expect(orders()).toEqual([2, 2]);
  const frames = [{ ...at, key: 'a' }];
  void loader.loadStack('s', frames, layout, { ...plain, how: 'sum' }).catch(() => undefined);
  void loader.loadStack('t', frames, layout, { ...plain, how: 'max' }).catch(() => undefined);
  expect(orders()).toEqual([4, 2]);
});

test('frames are kept up to the budget, those used least lately go', async () => {
  const loader = new FrameLoader(8);
  for (const [n, key] of ['a', 'b', 'a', 'c'].entries()) {
    const loading = loader.load(key, at, layout, plain);
    WaitingWorker.all[0]!.answer(n === 3 ? 3 : n + 1, [n, n]);
    await loading;
  }
  expect(loader.peek('b')).toBeUndefined();
  expect(loader.peek('a')).toBeDefined();
  expect(loader.peek('c')).toBeDefined();
});

test('with a new mask frames are loaded anew: their statistics were made without it', async () => {
  const loader = new FrameLoader();
  const before = loader.load('a', at, layout, plain);
  WaitingWorker.all[0]!.answer(1, [1, 2]);
  await before;
  const underway = loader.load('b', at, layout, plain);
  const mask = new Uint8Array(2);
  loader.setMask(mask);
  await expect(underway).rejects.toMatchObject({ reason: 'cancelled' });
  expect(loader.peek('a')).toBeUndefined();
  expect(WaitingWorker.all[0]!.heard).toContainEqual({ kind: 'mask', mask });
});

test('a frame that somebody waits for has all workers, each with a way to each; what is fetched ahead leaves a core', async () => {
  vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
  const loader = new FrameLoader();
  for (const key of ['a', 'b', 'c']) void loader.load(key, at, layout, plain).catch(() => undefined);
  expect(WaitingWorker.all).toHaveLength(1);
  void loader.load('d', at, layout, { ...plain, isUrgent: true }).catch(() => undefined);
  expect(WaitingWorker.all).toHaveLength(2);
  for (const { heard } of WaitingWorker.all)
    expect(heard.filter(({ kind }) => kind === 'peer')).toHaveLength(1);
  expect(WaitingWorker.all[1]!.heard.at(-1)).toMatchObject({ kind: 'frame', isUrgent: true });
});

test('frames that wait for an announced mask are kept, those made before it are not, and the mask itself neither', async () => {
  const loader = new FrameLoader();
  const early = loader.load('early', at, layout, plain);
  WaitingWorker.all[0]!.answer(1, [1, 1]);
  await early;
  loader.expectMask();
  expect(loader.peek('early')).toBeUndefined();
  const masking = loader.load('m', at, layout, { ...plain, isMask: true });
  const waiting = loader.load('a', at, layout, plain);
  for (const { heard } of WaitingWorker.all) expect(heard.map(({ kind }) => kind)).toContain('mask-coming');
  for (const worker of WaitingWorker.all) worker.answer(2, [0, 1]);
  await masking;
  loader.setMask(new Uint8Array(2));
  for (const worker of WaitingWorker.all) worker.answer(3, [7, 7]);
  const frame = await waiting;
  expect(await loader.load('a', at, layout, plain)).toBe(frame);
  expect(loader.peek('m')).toBeUndefined();
});
