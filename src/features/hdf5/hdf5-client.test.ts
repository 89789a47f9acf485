import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Hdf5Client } from './hdf5-client.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** A worker that answers when the test says so. */
class ToldWorker {
  static all: ToldWorker[] = [];
  asked: ToWorker[] = [];
  isEnded = false;
  onmessage: ((event: { data: FromWorker }) => void) | null = null;
  onerror: (() => void) | null = null;
  constructor() {
    ToldWorker.all.push(this);
  }
  postMessage(message: ToWorker) {
    this.asked.push(message);
  }
  terminate() {
    this.isEnded = true;
  }
  get paths() {
    return this.asked.map((message) => (message.kind === 'open' ? 'open' : message.input.path));
  }
  answer(more: { ok: false; message: string; broken: boolean } | { ok: true } = { ok: true }) {
    const last = this.asked.at(-1)!;
    const id = last.kind === 'open' ? 0 : last.id;
    const listing = { names: [`of ${id}`], from: 0, rows: [] };
    this.onmessage?.({ data: more.ok ? { id, ok: true, answer: listing } : { id, ...more } });
  }
}

let client: Hdf5Client;
beforeEach(() => {
  ToldWorker.all = [];
  vi.stubGlobal('Worker', ToldWorker);
  client = new Hdf5Client({ origin: 'http://web.example', experimentId: 'e', path: 'raw/a.h5' });
});
afterEach(() => vi.unstubAllGlobals());

const list = (path: string, topic: string | null = null) => client.ask('list', { path, from: 0 }, topic);
const reasonOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'answered',
    (fault: { reason: string }) => fault.reason,
  );

describe('questions to the worker of a file', () => {
  it('go one by one, and the newest of a topic takes the place of those that wait', async () => {
    const first = list('/a', 'slider');
    const second = reasonOf(list('/b', 'slider'));
    const tree = list('/tree');
    const third = list('/c', 'slider');
    const [worker] = ToldWorker.all as [ToldWorker];
    expect(worker.paths).toEqual(['open', '/a']);
    expect(await second).toBe('overtaken');
    worker.answer();
    await first;
    expect(worker.paths).toEqual(['open', '/a', '/tree']);
    worker.answer();
    await tree;
    worker.answer();
    expect((await third).names).toEqual(['of 4']);
    expect(worker.paths).toEqual(['open', '/a', '/tree', '/c']);
    expect(client.isBusy).toBe(false);
  });

  it('are stopped with whatever the worker is at, and go to another one afterwards', async () => {
    const told: boolean[] = [];
    client.onChange(() => told.push(client.isBusy));
    const reasons = [list('/a'), list('/b')].map(reasonOf);
    client.stop();
    expect(await Promise.all(reasons)).toEqual(['stopped', 'stopped']);
    expect(ToldWorker.all[0]!.isEnded).toBe(true);
    expect(told.at(-1)).toBe(false);
    const again = list('/c');
    expect(ToldWorker.all[1]!.paths).toEqual(['open', '/c']);
    ToldWorker.all[1]!.answer();
    await again;
  });

  it('do not go to a worker that fell over a file', async () => {
    const fell = list('/damaged');
    ToldWorker.all[0]!.answer({ ok: false, message: 'It is damaged.', broken: true });
    await expect(fell).rejects.toThrow('It is damaged.');
    expect(ToldWorker.all[0]!.isEnded).toBe(true);
    void list('/other').catch(() => undefined);
    expect(ToldWorker.all).toHaveLength(2);
  });

  it('stay with a worker that refused one of them', async () => {
    const refused = list('/missing');
    ToldWorker.all[0]!.answer({ ok: false, message: 'Nothing is there.', broken: false });
    await expect(refused).rejects.toThrow('Nothing is there.');
    void list('/other').catch(() => undefined);
    expect(ToldWorker.all).toHaveLength(1);
  });

  it('say so where no worker can be started', async () => {
    const asked = list('/a');
    ToldWorker.all[0]!.onerror?.();
    await expect(asked).rejects.toThrow(/could not be started/);
  });
});
