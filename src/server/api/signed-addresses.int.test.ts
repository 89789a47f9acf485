import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore } from '#src/server/storage/create-store.ts';
import { UrlSigner } from '#src/server/storage/url-signer.ts';
import { PART_CRC_HEADER } from '#src/shared/contracts/agent-api.ts';
import {
  crcText,
  dataFile,
  type IngestWorld,
  ingestWorld,
  LONG_AGO,
  TEST_PART_BYTES,
} from '#src/testing/ingest-world.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { TEST_SECRET, type TestStore, testStore } from '#src/testing/test-store.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let otherKey: string;

const KINDS = ['download', 'view', 'frame', 'part'] as const;
type Kind = (typeof KINDS)[number];
/** As people and agents get them from the services. */
const addresses = {} as Record<Kind, string>;
const partBytes = new Uint8Array(randomBytes(1000));

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  const made = await w.activate(LONG_AGO);
  const opened = await w.ingest.openSeries(w.agentContext, w.series());
  const stored = await w.sendAndComplete(opened, dataFile(1, 0, 10));
  const second = await w.sendAndComplete(opened, dataFile(2, 10, 10));
  otherKey = `${made.code}/${second.path}`;
  const sent = await w.send(opened, { name: 'data_000003.h5', bytes: partBytes });
  const pi = w.as('pi');
  addresses.download = (await w.files.signDownload(pi, { fileId: stored.fileId })).url;
  addresses.view = (await w.files.signView(pi, { fileId: stored.fileId })).url;
  addresses.frame = (await w.datasets.frameIndex(pi, { datasetId: opened.datasetId })).files[0]!.url;
  addresses.part = (await w.ingest.signParts(w.agentContext, { uploadId: sent.uploadId, partNumbers: [1] }))
    .signed[0]!.url;
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

const isPart = (kind: Kind) => kind === 'part';

function ask(url: URL | string, part: boolean): Promise<Response> {
  if (!part) return fetch(url);
  return fetch(url, {
    method: 'PUT',
    body: Buffer.from(partBytes),
    headers: { [PART_CRC_HEADER]: crcText(partBytes) },
  });
}

const altered = (address: string, change: (url: URL) => void): URL => {
  const url = new URL(address);
  change(url);
  return url;
};

/** One letter of a text exchanged, in the middle, where every bit of base64url counts. */
function oneLetterOff(text: string): string {
  const at = Math.floor(text.length / 2);
  return text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1);
}

/** Every way to alter an address of this kind, by name. */
function alterations(kind: Kind): [what: string, url: URL][] {
  const address = addresses[kind];
  const signature = new URL(address).searchParams.get('signature')!;
  const ways: [string, (url: URL) => void][] = [
    ['no query', (url) => (url.search = '')],
    ['no signature', (url) => url.searchParams.delete('signature')],
    ['an empty signature', (url) => url.searchParams.set('signature', '')],
    ['a letter of the signature', (url) => url.searchParams.set('signature', oneLetterOff(signature))],
    ['a shorter signature', (url) => url.searchParams.set('signature', signature.slice(0, -4))],
    [
      'a longer life',
      (url) => url.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 3600)),
    ],
    ['an endless life', (url) => url.searchParams.set('expires', '999999999999')],
    ['no end', (url) => url.searchParams.delete('expires')],
  ];
  if (isPart(kind)) {
    ways.push(
      ['another part', (url) => (url.pathname = url.pathname.replace(/1$/, '2'))],
      ['another upload', (url) => (url.pathname = url.pathname.replace(/[0-9a-f]{32}/, '0'.repeat(32)))],
      ['another key', (url) => url.searchParams.set('key', otherKey)],
      ['larger parts', (url) => url.searchParams.set('size', String(TEST_PART_BYTES * 2))],
    );
  } else {
    ways.push(
      ['another file', (url) => (url.pathname = `/object/${otherKey}`)],
      ['a path upwards', (url) => (url.pathname = `${url.pathname}%2F..%2F..%2F${otherKey}`)],
      ['another name to save', (url) => url.searchParams.set('download', 'other.html')],
    );
  }
  if (kind === 'download') ways.push(['no name to save', (url) => url.searchParams.delete('download')]);
  return ways.map(([what, change]) => [what, altered(address, change)]);
}

const refusal = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];

describe.each(KINDS)('a signed address: %s', (kind) => {
  it('opens nothing once anything of it was altered', async () => {
    const ways = alterations(kind);
    expect(new Set(ways.map(([, url]) => url.href)).size).toBe(ways.length);
    for (const [what, url] of ways) {
      expect(url.href, what).not.toBe(addresses[kind]);
      expect(await refusal(await ask(url, isPart(kind))), what).toEqual([404, 'NOT_FOUND']);
    }
  });

  it('lends its signature to no other address', async () => {
    for (const other of KINDS) {
      const [own, others] = [addresses[kind], addresses[other]].map(
        (address) => new URL(address).searchParams.get('signature')!,
      );
      if (own === others) continue;
      const url = altered(addresses[kind], (copy) => copy.searchParams.set('signature', others!));
      expect(await refusal(await ask(url, isPart(kind))), other).toEqual([404, 'NOT_FOUND']);
    }
  });

  it('serves no other method', async () => {
    const answer = await ask(addresses[kind], !isPart(kind));
    expect(await refusal(answer)).toEqual([404, 'NOT_FOUND']);
  });

  it('opens what it is for', async () => {
    const answer = await ask(addresses[kind], isPart(kind));
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  });
});

it('addresses of another secret open nothing, expired ones say so', async () => {
  const { dataUrl, folder, store } = storage;
  const forger = createStore({ store: 'fs', storeDir: folder, dataUrl, secret: `not ${TEST_SECRET}` });
  expect(await refusal(await fetch((await forger.signGet(otherKey)).url))).toEqual([404, 'NOT_FOUND']);
  const expired = (await store.signGet(otherKey, { expiresInS: -1000 })).url;
  expect(await refusal(await fetch(expired))).toEqual([403, 'LINK_EXPIRED']);
  const place = { key: `${otherKey}.x`, partBytes: TEST_PART_BYTES };
  const part = { ...place, ...(await store.openUpload(place)), partNumber: 1 };
  expect(await refusal(await ask((await forger.signPart(part)).url, true))).toEqual([404, 'NOT_FOUND']);
  const expiresAtS = Math.floor(Date.now() / 1000) - 1000;
  const late = new UrlSigner(TEST_SECRET, dataUrl).sign({ kind: 'part', ...part, expiresAtS });
  expect(await refusal(await ask(late, true))).toEqual([403, 'LINK_EXPIRED']);
});
