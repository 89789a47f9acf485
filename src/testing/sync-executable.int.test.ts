import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sha256 } from '#hub/testing/folder-rig.ts';
import { writeDataFile, writeMaster } from '#hub/testing/hdf5-files.ts';
import { dataset, file } from '../server/db/schema/index.ts';
import { startAgentApiServer } from './agent-api-server.ts';
import { giveToken } from './give-token.ts';
import { type IngestWorld, ingestWorld } from './ingest-world.ts';
import { putLicence } from './put-licence.ts';
import { buildSyncExecutable, SyncProcess } from './sync-process.ts';
import { testContext } from './test-context.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';
import { type TestStore, testStore } from './test-store.ts';
import { enterWebEnvironment, leaveWebEnvironment } from './web-environment.ts';

/** beamdeck-sync as it is shipped: one file in an empty folder, no Node to be found, before a real server. */
describe('the executable of SYNC', () => {
  let database: TestDatabase;
  let storage: TestStore;
  let server: Awaited<ReturnType<typeof startAgentApiServer>>;
  let w: IngestWorld;
  let sync: SyncProcess;

  beforeAll(async () => {
    const build = mkdtempSync(join(tmpdir(), 'beamdeck-sync-build-'));
    try {
      sync = new SyncProcess(await buildSyncExecutable(build));
    } finally {
      rmSync(build, { recursive: true, force: true });
    }
    [database, storage] = await Promise.all([testDatabase(), testStore()]);
    w = await ingestWorld(database.db, storage.store);
    await w.activate('2026-01-01T00:00:00Z');
    enterWebEnvironment(database, storage);
    server = await startAgentApiServer();
    sync.configure(server.url, ['raw', 'processed']);
  });
  afterAll(async () => {
    await sync?.dispose();
    await server?.close();
    await leaveWebEnvironment();
    await database?.drop();
    await storage?.close();
  });

  const filesAt = (path: string) =>
    w.db
      .select()
      .from(file)
      .where(and(eq(file.instrumentId, w.instrument.id), eq(file.path, path)));
  const within = { timeout: 45_000, interval: 100 };
  const stored = (path: string, content: Uint8Array | string) =>
    vi.waitFor(async () => {
      const rows = await filesAt(path);
      expect(rows.map((row) => row.sha256)).toEqual([sha256(content)]);
      return rows[0]!;
    }, within);

  it('takes a licence for a SYNC and no other, and enrols with it', async () => {
    expect(await sync.command('enrol', await putLicence(w, sync, 'hub'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('is for a HUB, not for a SYNC'),
    });
    expect(await sync.command('enrol', await putLicence(w, sync, 'sync'))).toMatchObject({
      code: 0,
      out: 'The licence is in place; the SYNC exchanges it at its next start.\n',
    });
    sync.start();
    await vi.waitFor(async () => {
      const { out } = await sync.command('status');
      expect(out).toMatch(/^SYNC +\d+\.\d+\.\d+, MX, /);
      expect(out).toMatch(/clock +server is/);
    }, within);
  }, 90_000);

  it('finds everything good, and says where a firewall has to let it through', async () => {
    const { code, out, err } = await sync.command('check');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('the system tells of changes');
    expect(out).toContain(`to 127.0.0.1 port ${new URL(server.url).port}  (server, HTTP)`);
    expect(out).toContain(`to 127.0.0.1 port ${new URL(storage.dataUrl).port}  (data server, HTTP)`);
  });

  it('brings files into the folder of the experiment, and recognises an HDF5 master', async () => {
    mkdirSync(sync.at('processed/autoproc'));
    writeFileSync(sync.at('processed/autoproc/truncate.log'), 'done');
    const row = await stored('processed/autoproc/truncate.log', 'done');
    expect(row).toMatchObject({ version: 1, unassignedReason: null });
    expect(row.experimentId).not.toBeNull();
    await writeDataFile(sync.at('raw/scan_data_000001.h5'), 3, 1);
    await writeMaster(sync.at('raw/scan_master.h5'), ['scan_data_000001.h5'], 3);
    await vi.waitFor(async () => {
      const [found] = await w.db.select().from(dataset).where(eq(dataset.base, 'raw/scan'));
      expect(found).toMatchObject({ state: 'complete', framesStored: 3 });
    }, within);
  }, 90_000);

  it('killed in the middle it goes on where it was: every file once, with the bytes it had', async () => {
    const contents = Array.from({ length: 40 }, (_, index) =>
      randomBytes(index % 10 === 0 ? 12_000_000 : 50_000),
    );
    for (const [index, bytes] of contents.entries()) {
      writeFileSync(sync.at(`raw/image_${index}.bin`), bytes);
      if (index === 25) {
        await vi.waitFor(async () => expect(await filesAt('raw/image_1.bin')).toHaveLength(1), within);
        await sync.kill('SIGKILL');
      }
    }
    sync.start();
    for (const [index, bytes] of contents.entries()) {
      const row = await stored(`raw/image_${index}.bin`, bytes);
      expect(row.version).toBe(1);
      expect(await w.files.verifyFile(w.as('pi'), { fileId: row.id })).toMatchObject({ ok: true });
    }
    expect(await sync.kill('SIGTERM')).toBe(0);
  }, 120_000);

  it('brings an experiment home, with an access token and without a licence', async () => {
    const { code, id } = await w.activate('2026-02-01T00:00:00Z', 'Home');
    for (const name of ['a.txt', 'deep/b.txt']) {
      await w.files.storeResult(testContext(), {
        ...{ experimentId: id, datasetId: null, path: `processed/${name}` },
        body: new TextEncoder().encode(name),
      });
    }
    const { token } = await giveToken(w.db, w.people.pi);
    writeFileSync(sync.at('token'), `${token}\n`, { mode: 0o600 });
    const pull = ['pull', code, 'home', '--server', server.url, '--token-file', 'token'];
    const [first, second] = [await sync.command(...pull), await sync.command(...pull)];
    expect(first).toEqual({
      code: 0,
      err: '',
      out: expect.stringMatching(/: 2 files fetched .*none failed\.\n$/),
    });
    expect(second).toMatchObject({
      code: 0,
      out: expect.stringContaining('0 files fetched (0 B came), 2 here already'),
    });
    expect(readFileSync(sync.at('home/processed/deep/b.txt'), 'utf8')).toBe('deep/b.txt');
    writeFileSync(sync.at('home/processed/a.txt'), 'mine');
    expect(await sync.command(...pull)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^processed\/a\.txt: kept as it is here/),
      out: expect.stringContaining('1 failed (named above)'),
    });
    writeFileSync(sync.at('token'), `bd_${'x'.repeat(43)}`);
    expect(await sync.command(...pull)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^The server refuses the access token: This is no access token/),
    });
    expect(await sync.command('pull', code)).toMatchObject({
      code: 2,
      err: expect.stringContaining('Say: pull'),
    });
  });

  it('says what is wrong with its configuration, line by line, and does not start', async () => {
    writeFileSync(sync.at('sync.conf'), 'sever = "x"\n[[folder]]\nfolder = "raws"\n');
    const { code, err } = await sync.command('run');
    expect(code).toBe(2);
    expect(err).toContain('line 1: unknown key "sever"');
    expect(err).toContain('line 3: folder must be "raw"');
  });
});
