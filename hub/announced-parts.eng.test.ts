import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_RGW } from '#scripts/lib/throwaway-rgw.ts';
import { collect, hexCrc } from '#src/server/storage/object-store.contract.ts';
import type { S3Settings } from '#src/server/storage/s3-connection.ts';
import { ingestWorld, LONG_AGO, TEST_PART_BYTES } from '#src/testing/ingest-world.ts';
import { sharedBucket } from '#src/testing/shared-bucket.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestS3Store, testS3Store } from '#src/testing/test-s3-store.ts';
import { orderOf, ServiceClient, uploaderOf } from './testing/service-client.ts';

describe.skipIf(NO_RGW !== null)(`parts straight to Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let bucket: S3Settings;
  let database: TestDatabase;
  let storage: TestS3Store;
  let folder: string;
  beforeAll(async () => {
    [bucket, database] = await Promise.all([sharedBucket(), testDatabase()]);
    storage = await testS3Store(bucket, { direct: ['parts'] });
    folder = await mkdtemp(join(tmpdir(), 'beamdeck-announced-'));
  });
  afterAll(async () => {
    await storage?.close();
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function world() {
    const w = await ingestWorld(database.db, storage.store);
    await w.activate(LONG_AGO);
    const opened = await w.ingest.openSeries(w.agentContext, w.series());
    return { w, opened, client: new ServiceClient(w) };
  }

  it('an agent announces its parts, sends them past the data server, and what is stored is proved', async () => {
    const { opened, client } = await world();
    const { uploader, close } = await uploaderOf(client, folder);
    const bytes = new Uint8Array(randomBytes(2 * TEST_PART_BYTES + 1000));
    const order = await orderOf(folder, bytes, opened.datasetId, `${opened.base}_notes.bin`);
    const result = await uploader.upload(order);
    expect(result.known).toBe(false);
    expect([...client.sentTo]).toEqual([bucket.endpoint]);
    expect(client.announced.map(({ partNumber }) => partNumber).sort()).toEqual([1, 2, 3]);
    const key = `${opened.experimentCode}/${result.path}`;
    expect(hexCrc(await collect(storage.store.read(key)))).toBe(hexCrc(bytes));
    await close();
  });

  it('a small file is announced when it is opened, once the agent knows that the store wants it', async () => {
    const { opened, client } = await world();
    const { uploader, close } = await uploaderOf(client, folder);
    const announcedApart: number[] = [];
    for (const nth of [1, 2, 3]) {
      const bytes = new Uint8Array(randomBytes(1000));
      const result = await uploader.upload(
        await orderOf(folder, bytes, opened.datasetId, `${opened.base}_${nth}.bin`),
      );
      const key = `${opened.experimentCode}/${result.path}`;
      expect(hexCrc(await collect(storage.store.read(key)))).toBe(hexCrc(bytes));
      announcedApart.push(client.announced.length);
    }
    expect(announcedApart).toEqual([1, 1, 1]);
    expect([...client.sentTo]).toEqual([bucket.endpoint]);
    await close();
  });

  it('a file that changes after it was announced is announced again: what is stored is what was sent', async () => {
    const { opened, client } = await world();
    const { uploader, close } = await uploaderOf(client, folder);
    const first = await orderOf(folder, new Uint8Array(10), opened.datasetId, `${opened.base}_first.bin`);
    await uploader.upload(first);
    const order = await orderOf(
      folder,
      new Uint8Array(1000),
      opened.datasetId,
      `${opened.base}_changing.bin`,
    );
    const bytes = new Uint8Array(randomBytes(1000));
    order.journal.setUploadOpened = () => writeFileSync(order.file.localPath, bytes);
    const result = await uploader.upload(order);
    expect(client.announced).toHaveLength(2);
    const key = `${opened.experimentCode}/${result.path}`;
    expect(hexCrc(await collect(storage.store.read(key)))).toBe(hexCrc(bytes));
    await close();
  });

  it('a part that is damaged on its way is refused by the store, as the data server would', async () => {
    const { w, opened, client } = await world();
    const bytes = randomBytes(1000);
    const { uploads } = await client.openUploads({
      uploads: [
        {
          ...{ clientId: randomUUID(), datasetId: opened.datasetId, kind: 'other' },
          ...{ path: `${opened.base}_damaged.bin`, partBytes: TEST_PART_BYTES, signParts: [1] },
        },
      ],
    });
    expect(uploads[0]).toMatchObject({ partCheck: 'md5', signed: [] });
    const md5 = createHash('md5').update(bytes).digest();
    const crc32c = hexCrc(bytes);
    const announced = [{ partNumber: 1, sizeBytes: 1000, crc32c, md5: md5.toString('hex') }];
    const uploadId = uploads[0]!.uploadId;
    const [part] = await client.signParts(uploadId, [1], announced);
    const options = { md5, askFirst: false, signal: new AbortController().signal };
    const damaged = Buffer.from(bytes);
    damaged[500]! ^= 1;
    await expect(client.putPart(part!.url, damaged, crc32c, options)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
    await client.putPart(part!.url, bytes, crc32c, options);
    expect((await w.ingest.getUpload(w.agentContext, { uploadId })).parts).toEqual([
      { partNumber: 1, sizeBytes: 1000, crc32c },
    ]);
  });
});
