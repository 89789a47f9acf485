import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OPERATIONS } from '#src/server/api/rest/operations.ts';
import type { AccessWorld } from '#src/server/api/testing/access-world.ts';
import { type WebDoors, webDoors } from '#src/server/api/testing/web-doors.ts';
import { audit } from '#src/server/db/schema/index.ts';
import { webContainer } from '#src/server/web-container.ts';
import {
  ADDRESSES_MOST,
  addressesSchema,
  fileAddressSchema,
  manifestPageSchema,
} from '#src/shared/contracts/rest-api.ts';
import { bearer, giveToken } from '#src/testing/give-token.ts';
import { GET, POST } from './[...path]/route.ts';
import { GET as getDocs } from './docs/route.ts';

let doors: WebDoors;
let database: WebDoors['database'];
let w: AccessWorld;
let path: string;

beforeAll(async () => {
  doors = await webDoors();
  ({ w, database } = doors);
  const { files } = webContainer();
  path = (await files.getFile(w.as('pi'), { fileId: w.running.fileId })).path;
});
afterAll(() => doors?.close());

type Door = 'manifest' | 'file';

function ask(door: Door, headers: Headers, code = w.running.code, rest = door === 'file' ? path : '') {
  const json = new Headers(headers);
  json.set('accept', 'application/json');
  const tail = door === 'manifest' ? `manifest${rest}` : `files/${rest}`;
  return GET(new Request(`http://web/api/v1/experiments/${code}/${tail}`, { headers: json }));
}
function askAddresses(headers: Headers, body: unknown, code = w.running.code) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const url = `http://web/api/v1/experiments/${code}/addresses`;
  return POST(new Request(url, { method: 'POST', headers, body: text }));
}
/** `done`, or the code. */
async function ending(answer: Response): Promise<string> {
  const body = (await answer.json()) as { code?: string };
  return answer.status === 200 ? 'done' : body.code!;
}

it('gives facts of the files, and an address that answers ranges of their bytes without the token', async () => {
  const { headers } = w.personas.viewer.token;
  const page = manifestPageSchema.parse(await (await ask('manifest', headers)).json());
  const line = page.files.find((file) => file.path === path)!;
  const address = fileAddressSchema.parse(await (await ask('file', headers)).json());
  expect(address).toMatchObject({ path, sizeBytes: line.sizeBytes, sha256: line.sha256, version: 1 });
  const part = await fetch(address.url, { headers: { range: 'bytes=5-14' } });
  expect(part.status).toBe(206);
  expect((await part.arrayBuffer()).byteLength).toBe(10);
  const url = `http://web/api/v1/experiments/${w.running.code}/files/${path}`;
  const sent = await GET(new Request(url, { headers }));
  expect([sent.status, sent.headers.get('cache-control')]).toEqual([302, 'no-store']);
  expect((await (await fetch(sent.headers.get('location')!)).arrayBuffer()).byteLength).toBe(line.sizeBytes);
});

it('gives the addresses of many files with one question, each audited, and names those that are not there', async () => {
  const { headers } = w.personas.viewer.token;
  const listed = manifestPageSchema.parse(await (await ask('manifest', headers)).json()).files;
  const there = listed.map((file) => file.path).reverse();
  const downloads = () => database.db.select().from(audit).where(eq(audit.action, 'file.download'));
  const before = await downloads();
  const answer = await askAddresses(headers, { paths: [...there, 'raw/none', ...there] });
  const said = addressesSchema.parse(await answer.json());
  expect(said).toMatchObject({ experiment: w.running.code, missing: ['raw/none'] });
  expect(said.files.map((file) => file.path)).toEqual(there);
  const mine = said.files.find((file) => file.path === path)!;
  const bytes = new Uint8Array(await (await fetch(mine.url)).arrayBuffer());
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(mine.sha256);
  const audited = (await downloads())
    .slice(before.length)
    .map(({ detail }) => (detail as { path: string }).path);
  expect(audited.sort()).toEqual([...there].sort());
});

it('refuses what cannot be asked, with the field', async () => {
  const { headers } = w.personas.viewer.token;
  for (const query of [
    '?limit=0',
    '?limits=1',
    '?limit=1&limit=2',
    '?limit=5001',
    '?limit=x',
    '?cursor=x',
    '?cursor=changes.1.x',
  ]) {
    expect(await ending(await ask('manifest', headers, w.running.code, query)), query).toBe('BAD_INPUT');
  }
  const tooMany = { paths: Array.from({ length: ADDRESSES_MOST + 1 }, (_, n) => `raw/${n}`) };
  for (const body of [
    '{',
    'null',
    {},
    { paths: ['raw/a\0b'] },
    { paths: ['raw/a'], more: 1 },
    { paths: [] },
    { paths: [1] },
    { paths: 'raw/a' },
    tooMany,
  ]) {
    expect(await ending(await askAddresses(headers, body))).toBe('BAD_INPUT');
  }
  expect(await ending(await askAddresses(headers, { paths: ['x'.repeat(1_000_001)] }))).toBe('TOO_LARGE');
  expect(await ending(await ask('file', headers, w.running.code, 'raw/%E0%A4%A'))).toBe('BAD_INPUT');
  for (const odd of ['raw/no-such-file', 'raw/a%00b', '..%2F..%2Fetc%2Fpasswd']) {
    expect(await ending(await ask('file', headers, w.running.code, odd)), odd).toBe('NOT_FOUND');
  }
});

it('lets an address that sends tokens nobody has given wait, and not those with tokens that have ended', async () => {
  const past = new Date(Date.now() - 1000);
  const ended = await giveToken(database.db, w.personas.viewer.personId, { expiresAt: past });
  for (let n = 0; n < 60; n++) await ask('manifest', ended.headers);
  expect(await ending(await ask('manifest', w.personas.viewer.token.headers))).toBe('done');
  for (let n = 0; n < 50; n++) await ask('manifest', bearer(`bd_${String(n).padStart(43, 'A')}`));
  const late = await ask('manifest', w.personas.viewer.token.headers);
  expect([late.status, Number(late.headers.get('retry-after')) > 0]).toEqual([429, true]);
});

it('says to everybody what there is to ask, in a page that loads nothing', async () => {
  const document = await (await GET(new Request('http://web/api/v1/openapi.json'))).json();
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toContain('/api/v1/experiments/{experiment}/activate');
  const page = getDocs();
  const html = await page.text();
  for (const { id } of OPERATIONS) expect(html).toContain(`id="${id}"`);
  expect(html).not.toMatch(/<(script|link|img|iframe)|src=|@import|url\(|style="|\son\w+="/);
  const [, style] = /<style>([\s\S]*)<\/style>/.exec(html)!;
  const hash = createHash('sha256').update(style!).digest('base64');
  expect(page.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}';`);
});
