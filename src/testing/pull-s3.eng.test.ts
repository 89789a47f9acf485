import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_RGW } from '#scripts/lib/throwaway-rgw.ts';
import { type PullWorld, pullWorld } from './pull-world.ts';
import { sharedBucket } from './shared-bucket.ts';

/** Data come home from a bucket as from a folder. */
describe.skipIf(NO_RGW !== null)(`a pull from Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let w: PullWorld;
  beforeAll(async () => {
    w = await pullWorld(await sharedBucket());
  });
  afterAll(async () => {
    await w?.close();
  });

  it('is whole, and goes on by range where it was stopped', async () => {
    const experiment = await w.prepare();
    const large = randomBytes(20_000_000);
    await w.put(experiment, 'large.bin', large);
    await w.put(experiment, 'odd name & 100%.txt', 'small');
    const into = w.dir();
    const stopping = new AbortController();
    const stopped = await w.pull(experiment, into, {
      signal: stopping.signal,
      progress: ({ fetchedBytes }) => fetchedBytes > 100_000 && stopping.abort(),
    });
    expect(stopped).toMatchObject({ wasStopped: true, ended: null });
    const outcome = await w.pull(experiment, into);
    expect(outcome).toMatchObject({ ended: null, failedFiles: 0, told: [] });
    expect(stopped.fetchedBytes + outcome.fetchedBytes).toBe(large.length + 'small'.length);
    expect(w.relay.of('large.bin').at(-1)!.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(w.contents(into)).toEqual({
      'processed/large.bin': large.toString('latin1'),
      'processed/odd name & 100%.txt': 'small',
    });
    const newer = randomBytes(1_000_000);
    await w.put(experiment, 'large.bin', newer);
    expect(await w.pull(experiment, into)).toMatchObject({ fetchedFiles: 1, hereFiles: 1, failedFiles: 0 });
    expect(w.contents(into)['processed/large.bin']).toBe(newer.toString('latin1'));
  });
});
