import { randomBytes, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { beforeEach, expect, it } from 'vitest';
import { type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { acquiredAt, type WatchedFile, watchedFiles } from '../../../testing/watched-files.ts';
import { file } from '../../db/schema/index.ts';

const world = ingestWorlds();
let w: IngestWorld;
let files: ReturnType<typeof watchedFiles>;

beforeEach(async () => {
  w = await world();
  files = watchedFiles(w);
  await files.enrolledLongAgo();
  await w.activate(LONG_AGO);
});

const NAMES = ['run_1_data_000001.h5', 'run_1_data_000002.h5', 'run_1_master.h5'];

const timeOf = (hour: number) => acquiredAt(`2026-03-01T${hour}:00:00Z`);

/** Files of an acquisition at that hour, before anybody recognises it. */
async function storedAt(hour: number, folder = 'lyso') {
  const sent = NAMES.map(
    (name): WatchedFile => ({
      ...{ path: `${folder}/${name}`, bytes: new Uint8Array(randomBytes(2000)), acquired: timeOf(hour) },
      clientId: randomUUID(),
    }),
  );
  const stored = [];
  for (const one of sent) stored.push(await files.sendAndComplete(one));
  return { sent, stored };
}

/** A dataset of an acquisition at that hour. Returns where its files lie. */
async function measured(hour: number): Promise<{ base: string; paths: string[] }> {
  const { sent, stored } = await storedAt(hour);
  const acquired = timeOf(hour);
  const request = files.dataset({ kind: 'hdf5-master', framesPerFile: 3, framesExpected: 6, acquired });
  const { datasetId, base } = await w.ingest.openFileDataset(w.agentContext, request);
  const attach = (indices: readonly number[]) =>
    w.ingest.attachFiles(w.agentContext, {
      datasetId,
      files: indices.map((index) => ({
        clientId: sent[index]!.clientId!,
        kind: index === 2 ? ('master' as const) : ('data' as const),
        frames: index === 2 ? null : [3 * index, 3 * index + 2],
      })),
    });
  await attach([0, 2]);
  await attach([1]);
  const pathOf = async (fileId: string) =>
    (await w.db.select().from(file).where(eq(file.id, fileId)))[0]!.path;
  return {
    base,
    paths: await Promise.all(stored.map(({ fileId }) => pathOf(fileId))),
  };
}

it('master and data files of one acquisition have the names that the master knows, in a folder of their own from the second on', async () => {
  for (const [index, folder] of ['', 'run_1_2/', 'run_1_3/'].entries()) {
    const { base, paths } = await measured(12 + index);
    expect(base).toBe(`raw/lyso/${folder}run_1`);
    expect(paths).toEqual(NAMES.map((name) => `raw/lyso/${folder}${name}`));
  }
});

it('also where an older acquisition of that name became no dataset, and a folder has the next name', async () => {
  await storedAt(10);
  await storedAt(11, 'lyso/run_1_2');
  for (const [index, folder] of ['run_1_3/', 'run_1_4/'].entries()) {
    const { base, paths } = await measured(12 + index);
    expect(base).toBe(`raw/lyso/${folder}run_1`);
    expect(paths).toEqual(NAMES.map((name) => `raw/lyso/${folder}${name}`));
  }
});
