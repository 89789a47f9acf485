import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_RGW, RGW_READ_ROLE } from '#scripts/lib/throwaway-rgw.ts';
import { codeOf } from '../../../testing/experiment-world.ts';
import { type IngestWorld, ingestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { putFile } from '../../../testing/put-file.ts';
import { sharedBucket } from '../../../testing/shared-bucket.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { type TestS3Store, testS3Store } from '../../../testing/test-s3-store.ts';
import { audit, experiment } from '../../db/schema/index.ts';
import type { S3Settings } from '../../storage/s3-connection.ts';
import { createCustodyService } from '../custody/custody.service.ts';
import { createFilesService } from './files.service.ts';
import { type LentKey, MOST_PER_HOUR } from './lent-keys.ts';

const run = promisify(execFile);
const folders = (process.env.PATH ?? '').split(':');
const NO_RCLONE = folders.some((folder) => existsSync(join(folder, 'rclone')))
  ? null
  : 'apt-get install rclone';
const missing = [NO_RGW, NO_RCLONE].filter((reason) => reason !== null).join('; ');
const system = testContext();

describe.skipIf(missing !== '')(`keys for rclone, by Ceph RGW${missing && ` (${missing})`}`, () => {
  let database: TestDatabase;
  let bucket: S3Settings;
  let storage: TestS3Store;
  let w: IngestWorld;
  let dir: string;
  let own: { id: string; code: string };
  let other: { id: string; code: string };
  beforeAll(async () => {
    [database, bucket] = await Promise.all([testDatabase(), sharedBucket()]);
    const readRole = { arn: RGW_READ_ROLE, stsUrl: bucket.endpoint, hours: 1 };
    storage = await testS3Store(bucket, { readRole });
    w = await ingestWorld(database.db, storage.store);
    dir = await mkdtemp(join(tmpdir(), 'beamdeck-rclone-'));
    other = await w.activate('2026-01-01T00:00:00Z', 'Theirs');
    own = await w.activate(LONG_AGO, 'Ours');
    await put(own.id, 'work/set/a b.txt', 'one');
    await put(own.id, 'work/set/ü/two.txt', 'two');
    await put(other.id, 'work/set/secret.txt', 'secret');
  });
  afterAll(async () => {
    await storage?.close();
    await database?.drop();
    if (dir) await rm(dir, { recursive: true, force: true });
  });

  const put = async (experimentId: string, path: string, words: string) =>
    (await putFile(w, w.as('pi'), { experimentId, path, bytes: Buffer.from(words) })).fileId;
  const lend = (experimentId = own.id, who = w.as('pi')) => w.files.lendKey(who, { experimentId });

  /** Runs rclone with this key alone. */
  async function rclone(key: LentKey, ...args: string[]): Promise<string> {
    const { AWS_CA_BUNDLE: _, ...rest } = process.env;
    const env = {
      ...rest,
      ...{ RCLONE_CONFIG: '/dev/null', RCLONE_CONFIG_S_TYPE: 's3', RCLONE_CONFIG_S_PROVIDER: 'Other' },
      ...{ RCLONE_CONFIG_S_ENDPOINT: key.endpoint, RCLONE_CONFIG_S_REGION: key.region },
      ...{ RCLONE_CONFIG_S_ACCESS_KEY_ID: key.accessKey, RCLONE_CONFIG_S_SECRET_ACCESS_KEY: key.secretKey },
      ...{ RCLONE_CONFIG_S_SESSION_TOKEN: key.sessionToken, RCLONE_CONFIG_S_NO_CHECK_BUCKET: 'true' },
    };
    const { stdout } = await run('rclone', [...args, '--retries=1', '--low-level-retries=1'], { env });
    return stdout;
  }
  const refused = (key: LentKey, ...args: string[]) =>
    expect(rclone(key, ...args), args.join(' ')).rejects.toThrow(/AccessDenied|Forbidden|403/);

  it('list and read the experiment, and nothing else', async () => {
    const key = await lend();
    expect(key).toMatchObject({ bucket: bucket.bucket, prefix: own.code, filesElsewhere: 0 });
    const listed = await rclone(key, 'lsf', '-R', '--files-only', `S:${key.bucket}/${own.code}/`);
    expect(listed.split('\n').filter(Boolean).sort()).toEqual(['work/set/a b.txt', 'work/set/ü/two.txt']);
    await rclone(key, 'copy', '--use-server-modtime', `S:${key.bucket}/${own.code}/`, join(dir, 'home'));
    expect(await readFile(join(dir, 'home/work/set/ü/two.txt'), 'utf8')).toBe('two');

    await refused(key, 'lsf', `S:${key.bucket}/${other.code}/`);
    await refused(key, 'cat', `S:${key.bucket}/${other.code}/work/set/secret.txt`);
    await refused(key, 'lsf', `S:${key.bucket}/`);
    await refused(key, 'lsf', `S:${key.bucket}/_versions/`);
    await refused(key, 'lsf', 'S:');
  });

  it('write nothing, delete nothing', async () => {
    const key = await lend();
    const at = join(dir, 'mine.txt');
    await writeFile(at, 'mine');
    await refused(key, 'copyto', at, `S:${key.bucket}/${own.code}/work/set/mine.txt`);
    await refused(key, 'copyto', '--ignore-times', at, `S:${key.bucket}/${own.code}/work/set/a b.txt`);
    await refused(key, 'deletefile', `S:${key.bucket}/${own.code}/work/set/a b.txt`);
    expect(await rclone(key, 'cat', `S:${key.bucket}/${own.code}/work/set/a b.txt`)).toBe('one');
  });

  it('are for those who may download, audited without their secrets, and few in an hour', async () => {
    expect(await w.files.keyHours(w.as('pi'), { experimentId: own.id })).toBe(1);
    for (const ask of [w.files.keyHours, w.files.lendKey]) {
      expect(await codeOf(ask(w.as('stranger'), { experimentId: own.id }))).toBe('NOT_FOUND');
    }
    const staff = () => lend(own.id, w.as('staff'));
    for (let given = 0; given < MOST_PER_HOUR; given += 1) await staff();
    expect(await codeOf(staff())).toBe('TOO_MANY_REQUESTS');
    const late = w.as('staff');
    late.at(new Date(Date.now() + 3_700_000).toISOString());
    const key = await lend(own.id, late);
    const rows = await w.db
      .select()
      .from(audit)
      .where(and(eq(audit.action, 'file.lendKey'), eq(audit.principalId, w.people.staff)));
    expect(rows).toHaveLength(MOST_PER_HOUR + 1);
    const last = rows.find(({ detail }) => detail.accessKey === key.accessKey)!;
    expect(last).toMatchObject({ experimentId: own.id, detail: { prefix: own.code } });
    expect(JSON.stringify(rows)).not.toContain(key.secretKey);
    expect(JSON.stringify(rows)).not.toContain(key.sessionToken);
  });

  it('are given of a closed experiment, as downloads are', async () => {
    await w.db.update(experiment).set({ state: 'closed' }).where(eq(experiment.id, other.id));
    expect(await lend(other.id)).toMatchObject({ prefix: other.code });
  });

  it('wait while data of another experiment lie among those of this one', async () => {
    const custody = createCustodyService({ db: w.db, store: w.store });
    const third = await w.activate('2026-03-01T00:00:00Z', 'Rightful');
    const fileId = await put(own.id, 'work/set/strayed.txt', 'not ours');
    const reassigned = { fileIds: [fileId], experimentId: third.id, reason: 'by the logbook' };
    const { moves } = await custody.reassign(w.as('staff'), reassigned);
    expect(await codeOf(lend())).toBe('CONFLICT');
    expect(await lend(third.id)).toMatchObject({ filesElsewhere: 1 });
    for (const move of moves) await custody.moveData(system, move);
    const key = await lend();
    await refused(key, 'cat', `S:${key.bucket}/${third.code}/work/set/strayed.txt`);
    expect(await rclone(key, 'lsf', '-R', `S:${key.bucket}/${own.code}/`)).not.toContain('strayed');
    expect(await lend(third.id)).toMatchObject({ filesElsewhere: 0 });
  });

  it('say how many files still lie under their former names', async () => {
    const fileId = await put(own.id, 'work/set/before.txt', 'x');
    const to = { experimentId: own.id, folders: [], fileIds: [fileId], to: 'work/set', name: 'after.txt' };
    await w.files.moveFiles(w.as('pi'), to);
    expect(await lend()).toMatchObject({ filesElsewhere: 1 });
    await w.files.placeFiles(system);
    const key = await lend();
    expect(key.filesElsewhere).toBe(0);
    expect(await rclone(key, 'cat', `S:${key.bucket}/${own.code}/work/set/after.txt`)).toBe('x');
  });

  it('are not given where no role is set', async () => {
    const plain = await testS3Store(bucket);
    const files = createFilesService({ db: w.db, store: plain.store });
    expect(await files.keyHours(w.as('pi'), { experimentId: own.id })).toBeNull();
    expect(await codeOf(files.lendKey(w.as('pi'), { experimentId: own.id }))).toBe('CONFLICT');
    await plain.close();
  });
});
