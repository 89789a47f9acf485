import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  heldBy,
  PERSONA_NAMES,
  PERSONAS,
  type PersonaName,
} from '#src/server/api/testing/access-personas.ts';
import { inExperiment } from '#src/server/api/testing/access-rules.ts';
import { type AccessWorld, accessWorld } from '#src/server/api/testing/access-world.ts';
import { webContainer } from '#src/server/web-container.ts';
import { fileAddressSchema, manifestPageSchema } from '#src/shared/contracts/rest-api.ts';
import { bearer, giveToken } from '#src/testing/give-token.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { leaveWebEnvironment, useWebEnvironment } from '#src/testing/web-environment.ts';
import { GET as getFile } from './experiments/[code]/files/[...path]/route.ts';
import { GET as getManifest } from './experiments/[code]/manifest/route.ts';

let database: TestDatabase;
let storage: TestStore;
let w: AccessWorld;
let path: string;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  useWebEnvironment(database, storage);
  w = await accessWorld(webContainer());
  const { files } = webContainer();
  path = (await files.getFile(w.as('pi'), { fileId: w.running.fileId })).path;
});
afterAll(async () => {
  await leaveWebEnvironment();
  await database?.drop();
  await storage?.close();
});

type Door = 'manifest' | 'file';
const DOORS = ['manifest', 'file'] as const;
const RIGHTS = { manifest: 'experiment.view', file: 'file.download' } as const;

function ask(door: Door, headers: Headers, code = w.running.code, rest = door === 'file' ? path : '') {
  const base = `http://web/api/v1/experiments/${code}`;
  const json = new Headers(headers);
  json.set('accept', 'application/json');
  if (door === 'manifest') {
    return getManifest(new Request(`${base}/manifest${rest}`, { headers: json }), {
      params: Promise.resolve({ code }),
    });
  }
  return getFile(new Request(`${base}/files/${rest}`, { headers: json }), {
    params: Promise.resolve({ code, path: rest.split('/') }),
  });
}
/** `done`, or the code; of 401 also what is wrong with the token. */
async function ending(answer: Response): Promise<string> {
  const body = (await answer.json()) as { code?: string; details?: { token?: string } };
  if (answer.status === 200) return 'done';
  return body.details?.token === undefined ? body.code! : `${body.code} ${body.details.token}`;
}

describe.each(DOORS)('%s', (door) => {
  it('opens to a token for what its person holds, and to nobody else', async () => {
    const [found, expected] = [{} as Record<string, string>, {} as Record<string, string>];
    for (const name of PERSONA_NAMES) {
      // A token does not live by its person's session, but by its person.
      const isDisabled = PERSONAS[name as PersonaName].credential === 'session of a disabled person';
      expected[name] = isDisabled
        ? 'NOT_SIGNED_IN disabled'
        : inExperiment(RIGHTS[door])({ ...heldBy(name), signedIn: true });
      found[name] = await ending(await ask(door, w.personas[name].token.headers));
    }
    expect(found).toEqual(expected);
    expect(new Set(Object.values(found))).toEqual(new Set(['done', 'NOT_FOUND', 'NOT_SIGNED_IN disabled']));
  });

  it('opens to nothing but a token that counts', async () => {
    const { personId, headers: session } = w.personas.owner;
    const give = (changes: Parameters<typeof giveToken>[2]) => giveToken(database.db, personId, changes);
    const past = new Date(Date.now() - 1000);
    const cases: [string, Headers][] = [
      ['NOT_SIGNED_IN', new Headers()],
      ['NOT_SIGNED_IN', session],
      ['NOT_SIGNED_IN unknown', w.personas.agent.headers],
      ['NOT_SIGNED_IN unknown', bearer(`bd_${'A'.repeat(43)}`)],
      ['NOT_SIGNED_IN revoked', (await give({ revokedAt: past })).headers],
      ['NOT_SIGNED_IN expired', (await give({ expiresAt: past })).headers],
      ['NOT_ALLOWED', (await give({ scopes: [] })).headers],
      [
        'NOT_ALLOWED',
        (await give({ scopes: [door === 'file' ? 'experiments:read' : 'files:read'] })).headers,
      ],
      ['NOT_FOUND', (await give({ experimentId: w.next.id })).headers],
      ['done', (await give({ experimentId: w.running.id })).headers],
      ['done', (await give({ scopes: [door === 'file' ? 'files:read' : 'experiments:read'] })).headers],
    ];
    for (const [outcome, headers] of cases) {
      expect(await ending(await ask(door, headers)), headers.get('authorization') ?? '').toBe(outcome);
    }
  });

  it('says of what is hidden what it says of what is not there', async () => {
    const { headers } = w.personas.stranger.token;
    const said = async (code: string) => {
      const answer = await ask(door, headers, code);
      const { requestId, ...body } = (await answer.json()) as Record<string, unknown>;
      expect(answer.headers.get('x-request-id')).toBe(requestId);
      return { status: answer.status, ...body };
    };
    const absent = await said(`${w.running.code.slice(0, -5)}00000`);
    expect(absent).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await said(w.running.code)).toEqual(absent);
    expect(await said('nonsense')).toEqual(absent);
    // A token without the scope learns nothing either.
    const blind = await giveToken(database.db, w.personas.owner.personId, { scopes: [] });
    const codes = [w.running.code, w.next.code, 'nonsense'];
    const refusals = await Promise.all(
      codes.map(async (code) => ending(await ask(door, blind.headers, code))),
    );
    expect(refusals).toEqual(['NOT_ALLOWED', 'NOT_ALLOWED', 'NOT_ALLOWED']);
  });
});

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
  const sent = await getFile(new Request(url, { headers }), {
    params: Promise.resolve({ code: w.running.code, path: path.split('/') }),
  });
  expect([sent.status, sent.headers.get('cache-control')]).toEqual([302, 'no-store']);
  expect((await (await fetch(sent.headers.get('location')!)).arrayBuffer()).byteLength).toBe(line.sizeBytes);
});

it('refuses what cannot be asked, with the field', async () => {
  const { headers } = w.personas.viewer.token;
  for (const query of ['?limit=0', '?limit=5001', '?limit=x', '?cursor=x', '?cursor=changes.1.x']) {
    expect(await ending(await ask('manifest', headers, w.running.code, query)), query).toBe('BAD_INPUT');
  }
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
