import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canMount, SmallDisk } from '#hub/testing/small-disk.ts';
import { apiToken } from '../server/db/schema/index.ts';
import type { DownloadFault } from './download-relay.ts';
import { giveToken } from './give-token.ts';
import { type PullWorld, pullWorld } from './pull-world.ts';

/** `beamdeck-sync pull` before a real server: what goes wrong on the way. */
let w: PullWorld;
let experiment: { id: string; code: string };
let into: string;
const large = randomBytes(3_000_000);
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const partsIn = (dir: string) =>
  (readdirSync(dir, { recursive: true }) as string[]).filter((name) => name.endsWith('.beamdeck-part'));

beforeAll(async () => {
  w = await pullWorld();
});
afterAll(() => w?.close());
beforeEach(async () => {
  experiment = await w.prepare();
  into = w.dir();
  w.relay.fault = () => null;
  w.relay.seen.length = 0;
});

/** Does this to the nth request for the file, and nothing to others. */
const once = (nth: number, fault: DownloadFault) => {
  w.relay.fault = (download) => (download.name.endsWith('large.bin') && download.nth === nth ? fault : null);
};

describe('a pull', () => {
  it('goes on where the connection was cut, and fetches no byte twice', async () => {
    await w.put(experiment, 'large.bin', large);
    once(1, { cut: 1_000_000 });
    const outcome = await w.pull(experiment, into);
    expect(outcome).toMatchObject({ ended: null, failedFiles: 0, fetchedFiles: 1 });
    expect(w.contents(into)).toEqual({ 'processed/large.bin': latin1(large) });
    const [first, second] = w.relay.of('large.bin');
    expect([first!.range, w.relay.seen.length]).toEqual([null, 2]);
    expect(second!.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(outcome.fetchedBytes).toBe(large.length);
  });

  it('that was stopped in the middle of a file goes on there with the next run', async () => {
    await w.put(experiment, 'large.bin', large);
    const stopping = new AbortController();
    w.relay.fault = ({ nth }) => {
      if (nth === 1) return { cut: 1_000_000 };
      stopping.abort();
      return { refused: 503 };
    };
    const stopped = await w.pull(experiment, into, { signal: stopping.signal });
    expect(stopped).toMatchObject({ wasStopped: true, ended: null, fetchedFiles: 0 });
    const [part] = partsIn(into);
    const have = statSync(join(into, part!)).size;
    expect(have).toBeGreaterThan(0);
    w.relay.fault = () => null;
    w.relay.seen.length = 0;
    const outcome = await w.pull(experiment, into);
    expect(outcome).toMatchObject({ wasStopped: false, fetchedFiles: 1, fetchedBytes: large.length - have });
    expect(w.relay.seen.map(({ range }) => range)).toEqual([`bytes=${have}-`]);
    expect(w.contents(into)).toEqual({ 'processed/large.bin': latin1(large) });
  });

  it('does not go on with the beginning of a former content', async () => {
    await w.put(experiment, 'large.bin', large);
    const stopping = new AbortController();
    w.relay.fault = ({ nth }) => {
      if (nth > 1) stopping.abort();
      return { cut: 1_000_000 };
    };
    await w.pull(experiment, into, { signal: stopping.signal });
    const other = randomBytes(2_000_000);
    await w.put(experiment, 'large.bin', other);
    w.relay.fault = () => null;
    w.relay.seen.length = 0;
    await w.pull(experiment, into);
    expect(w.relay.seen.map(({ range }) => range)).toEqual([null]);
    expect(w.contents(into)).toEqual({ 'processed/large.bin': latin1(other) });
  });

  it('fetches again what arrived damaged', async () => {
    await w.put(experiment, 'large.bin', large);
    once(1, { damaged: true });
    const outcome = await w.pull(experiment, into);
    expect(outcome).toMatchObject({ ended: null, failedFiles: 0, fetchedFiles: 1 });
    expect(w.contents(into)).toEqual({ 'processed/large.bin': latin1(large) });
  });

  it('never shows a file whose bytes are wrong, names it, and brings the others', async () => {
    await w.put(experiment, 'large.bin', large);
    await w.put(experiment, 'small.txt', 'good');
    w.relay.fault = ({ name }) => (name.endsWith('large.bin') ? { damaged: true } : null);
    const outcome = await w.pull(experiment, into);
    expect(outcome).toMatchObject({ ended: null, failedFiles: 1, fetchedFiles: 1 });
    expect(outcome.told.join()).toMatch(/^processed\/large\.bin: .*SHA-256.*verified/);
    expect(w.contents(into)).toEqual({ 'processed/small.txt': 'good' });
  });

  it('takes the newer content of a file that changes while it is fetched', async () => {
    await w.put(experiment, 'large.bin', large);
    const newer = randomBytes(2_500_000);
    w.relay.fault = async ({ nth }) => {
      if (nth === 1) await w.put(experiment, 'large.bin', newer);
      return null;
    };
    const outcome = await w.pull(experiment, into);
    expect(outcome).toMatchObject({ ended: null, failedFiles: 0, fetchedFiles: 1 });
    expect(w.contents(into)).toEqual({ 'processed/large.bin': latin1(newer) });
  });

  it('gives up a file that alone does not come, and brings the others', async () => {
    await w.put(experiment, 'large.bin', large);
    for (let n = 0; n < 60; n++) await w.put(experiment, `other_${n}.txt`, 'x');
    w.relay.fault = ({ name }) => (name.endsWith('large.bin') ? { refused: 404 } : null);
    const outcome = await w.pull(experiment, into);
    expect(outcome).toMatchObject({ ended: null, failedFiles: 1, fetchedFiles: 60 });
    expect(outcome.told).toEqual([expect.stringMatching(/large\.bin: 4 tries failed: .*HTTP 404/)]);
  });

  it('asks for another address when one has ended', async () => {
    await w.put(experiment, 'large.bin', large);
    once(1, { refused: 403 });
    expect(await w.pull(experiment, into)).toMatchObject({ ended: null, failedFiles: 0, fetchedFiles: 1 });
  });

  it('waits for a store that is away, and gives up in the end with what to do', async () => {
    await w.put(experiment, 'large.bin', large);
    w.relay.fault = ({ nth }) => (nth <= 2 ? { refused: 503 } : null);
    const waited = await w.pull(experiment, into);
    expect(waited).toMatchObject({ ended: null, fetchedFiles: 1 });
    expect(waited.told).toEqual([
      expect.stringMatching(/^The store does not answer .*trying again/),
      'The store answers again.',
    ]);
    await w.put(experiment, 'other.bin', large);
    w.relay.fault = () => ({ refused: 503 });
    const away = await w.pull(experiment, into, { patienceMs: 300 });
    expect(away).toMatchObject({ failedFiles: 0, hereFiles: 1 });
    expect(away.ended).toMatch(/^The store has not answered .* goes on where it stopped/);
    const gone = await w.pull(experiment, into, { serverUrl: 'http://127.0.0.1:9', patienceMs: 300 });
    expect(gone.ended).toMatch(/^The server has not answered .* goes on where it stopped/);
  });

  it('tells a server that is none of ours from one that is away', async () => {
    const answers: [number, Record<string, string>][] = [
      [200, {}],
      [404, {}],
      [301, { location: 'https://elsewhere.example.org/' }],
    ];
    const said: (string | null)[] = [];
    for (const [status, headers] of answers) {
      const page = createServer((_, response) =>
        response.writeHead(status, headers).end('<html>Welcome</html>'),
      );
      await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
      const serverUrl = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
      said.push((await w.pull(experiment, into, { serverUrl })).ended);
      page.closeAllConnections();
      page.close();
    }
    expect(said).toEqual([
      expect.stringContaining('is the address right?'),
      expect.stringContaining('is the address right?'),
      expect.stringContaining('https://elsewhere.example.org/'),
    ]);
  });

  it.skipIf(!canMount)('ends when the disk is full, and goes on there when there is room', async () => {
    for (let n = 0; n < 6; n++) await w.put(experiment, `large_${n}.bin`, large);
    const disk = new SmallDisk(join(into, 'disk'), 24_000_000);
    try {
      disk.fill(4_000_000);
      const full = await w.pull(experiment, disk.folder);
      expect(full.ended).toMatch(/no more room in .*goes on where it stopped/);
      expect(Object.values(w.contents(join(disk.folder, 'processed'))).length).toBeGreaterThan(0);
      disk.empty();
      const outcome = await w.pull(experiment, disk.folder);
      expect(outcome).toMatchObject({ ended: null, failedFiles: 0 });
      expect(new Set(Object.values(w.contents(disk.folder)))).toEqual(new Set([latin1(large)]));
      // Nothing twice; what the disk took of the last pieces is not counted.
      expect(full.fetchedBytes + outcome.fetchedBytes).toBeLessThanOrEqual(6 * large.length);
    } finally {
      disk.unmount();
    }
  });

  it('ends with the reason when the token counts no more, and what it may not see is not there', async () => {
    await w.put(experiment, 'small.txt', 'good');
    const ended = await giveToken(w.database.db, w.w.people.pi);
    await w.database.db.update(apiToken).set({ revokedAt: new Date() }).where(eq(apiToken.id, ended.tokenId));
    const refused = await w.pull(experiment, into, { token: ended.token });
    expect(refused.ended).toMatch(/refuses the access token: .*revoked/);
    const narrow = await giveToken(w.database.db, w.w.people.pi, { scopes: ['experiments:read'] });
    expect((await w.pull(experiment, into, { token: narrow.token })).ended).toContain('files:read');
    const stranger = await giveToken(w.database.db, w.w.people.stranger);
    expect((await w.pull(experiment, into, { token: stranger.token })).ended).toContain('no such experiment');
    expect(w.contents(into)).toEqual({});
  });
});
