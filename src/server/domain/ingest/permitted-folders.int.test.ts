import { randomBytes, randomUUID } from 'node:crypto';
import { count, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Folder } from '../../../shared/model/states.ts';
import { enrolAgent } from '../../../testing/enrol-agent.ts';
import { type IngestWorld, LONG_AGO, TEST_PART_BYTES } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { testContext } from '../../../testing/test-context.ts';
import { acquiredAt, watchedFiles } from '../../../testing/watched-files.ts';
import { agentLicence, dataset, destination, upload } from '../../db/schema/index.ts';

/** A licence names the folders that its agent may write: what is to go elsewhere is refused before anything is stored. */
const world = ingestWorlds();
let w: IngestWorld;
/** Of an agent whose licence permits `raw` alone. */
let limited: { agentId: string; token: string };

beforeEach(async () => {
  w = await world();
  limited = await enrolAgent(w.agents, w.as('staff'), {
    instrumentId: w.instrument.id,
    name: 'rawest',
    folders: ['raw'],
  });
  await w.activate(LONG_AGO);
});

const asAgent = async (token: string) => testContext(await w.agents.authenticate(token));
const sendTo = (agentId: string, source: string, folder: Folder) =>
  w.db.insert(destination).values({
    id: randomUUID(),
    agentId,
    source,
    folder,
    template: '{path}',
    since: new Date('2025-01-01T00:00:00Z'),
  });
const refusal = (folder: Folder) => ({
  code: 'NOT_ALLOWED',
  message: expect.stringMatching(new RegExp(`The licence of .* does not permit files in ${folder}`)),
});
const rows = async (table: typeof dataset | typeof upload) =>
  (await w.db.select({ n: count() }).from(table).where(eq(table.instrumentId, w.instrument.id)))[0]!.n;

describe('a series', () => {
  it('goes into a permitted folder, and is refused where its destination is another', async () => {
    const ctx = await asAgent(limited.token);
    const opened = await w.ingest.openSeries(ctx, w.series({ detector: 'one' }));
    expect(opened.base).toBe('raw/lyso/run_1');
    await sendTo(limited.agentId, 'two', 'processed');
    await expect(w.ingest.openSeries(ctx, w.series({ detector: 'two' }))).rejects.toMatchObject(
      refusal('processed'),
    );
    expect(await rows(dataset)).toBe(1);
  });

  it('that is open takes no further file once the licence does not permit its folder any more', async () => {
    await sendTo(w.agentId, 'eiger', 'processed');
    const { datasetId, base } = await w.ingest.openSeries(w.agentContext, w.series());
    expect(base).toBe('processed/lyso/run_1');
    const file = {
      clientId: randomUUID(),
      datasetId,
      kind: 'data' as const,
      path: `${base}_data_000001.h5`,
      partBytes: TEST_PART_BYTES,
      signParts: [1],
    };
    await w.db
      .update(agentLicence)
      .set({ folders: ['raw'] })
      .where(eq(agentLicence.agentId, w.agentId));
    const ctx = await asAgent(w.token);
    await expect(w.ingest.openUploads(ctx, { uploads: [file] })).rejects.toMatchObject(refusal('processed'));
    expect(await rows(upload)).toBe(0);
    await w.db
      .update(agentLicence)
      .set({ folders: ['processed'] })
      .where(eq(agentLicence.agentId, w.agentId));
    const again = await asAgent(w.token);
    expect((await w.ingest.openUploads(again, { uploads: [file] })).uploads[0]).toMatchObject({
      path: file.path,
    });
  });
});

describe('files of a watched folder', () => {
  const file = (source: string) => ({
    path: 'a/x.log',
    bytes: new Uint8Array(randomBytes(100)),
    acquired: acquiredAt(new Date().toISOString()),
    source,
  });

  it('go into a permitted folder, and are refused where the destination of their source is another', async () => {
    const ctx = await asAgent(limited.token);
    const { item } = watchedFiles(w);
    await sendTo(limited.agentId, 'camera', 'auxiliary');
    const [opened] = (await w.ingest.openUploads(ctx, { uploads: [item(file('landing'))] })).uploads;
    expect(opened!.path).toBe('raw/a/x.log');
    await expect(w.ingest.openUploads(ctx, { uploads: [item(file('camera'))] })).rejects.toMatchObject(
      refusal('auxiliary'),
    );
    expect(await rows(upload)).toBe(1);
  });

  it('their datasets likewise', async () => {
    const ctx = await asAgent(limited.token);
    const { dataset: wanted } = watchedFiles(w);
    await sendTo(limited.agentId, 'camera', 'auxiliary');
    await expect(w.ingest.openFileDataset(ctx, wanted({ source: 'camera' }))).rejects.toMatchObject(
      refusal('auxiliary'),
    );
    expect(await rows(dataset)).toBe(0);
  });
});
