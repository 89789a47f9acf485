import { createHmac } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { licenceFileSchema, licencePayloadSchema } from '../../../shared/contracts/agent-licence.ts';
import { enrol } from '../../../testing/enrol-agent.ts';
import { codeOf } from '../../../testing/experiment-world.ts';
import { type IngestWorld, ingestWorld } from '../../../testing/ingest-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { TEST_SECRET, type TestStore, testStore } from '../../../testing/test-store.ts';
import { agentLicence, audit, facilityAdmin, outbox } from '../../db/schema/index.ts';
import { createAgentsService } from './agents.service.ts';
import { FacilityKeys } from './facility-keys.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});
beforeEach(async () => {
  w = await ingestWorld(database.db, storage.store);
});

const inDays = (days: number) => new Date(Date.now() + days * 24 * 3600 * 1000);
const create = (name = 'new', expiresAt = inDays(30)) =>
  w.agents.create(w.as('staff'), {
    instrumentId: w.instrument.id,
    kind: 'sync',
    name,
    folders: ['processed', 'raw'],
    expiresAt,
  });
const issue = (agentId: string) =>
  w.agents.issueLicence(w.as('staff'), { agentId, folders: ['raw'], expiresAt: inDays(30) });
const revoke = (agentId: string) =>
  w.agents.revokeLicence(w.as('staff'), { agentId, reason: 'HUB was stolen' });
const restore = (agentId: string) => w.agents.restoreLicence(w.as('staff'), { agentId });
const viewOf = async (agentId: string) =>
  (await w.agents.list(w.as('staff'), { instrumentId: w.instrument.id })).find(
    (agent) => agent.id === agentId,
  )!;
const sentenceOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: Error) => error.message,
  );

describe('a licence', () => {
  it('names everything an agent must know and is exchanged once for a token', async () => {
    const made = await create('SYNC at the goniometer');
    expect(made.fileName).toBe(`${w.instrument.slug}-SYNC-at-the-goniometer.licence.json`);
    const file = licenceFileSchema.parse(JSON.parse(made.text));
    const payload = licencePayloadSchema.parse(
      JSON.parse(Buffer.from(file.payload, 'base64url').toString('utf8')),
    );
    expect(payload).toMatchObject({
      agentId: made.agentId,
      kind: 'sync',
      facility: { code: w.facility.code },
      instrument: { id: w.instrument.id },
      folders: ['raw', 'processed'],
      server: 'http://127.0.0.1:3000',
    });
    expect(await viewOf(made.agentId)).toMatchObject({
      licence: { state: 'not-enrolled' },
      waitingLicence: null,
    });

    const enrolled = await enrol(w.agents, made.text, 'mx-hub-1');
    expect(enrolled.agentId).toBe(made.agentId);
    expect(await w.agents.authenticate(enrolled.token)).toMatchObject({
      agentId: made.agentId,
      instrumentId: w.instrument.id,
      folders: ['raw', 'processed'],
    });
    expect(await viewOf(made.agentId)).toMatchObject({
      licence: { state: 'valid', enrolledHost: 'mx-hub-1', issuedByName: 'staff' },
    });

    expect(await codeOf(enrol(w.agents, made.text))).toBe('CONFLICT');
    expect(await sentenceOf(enrol(w.agents, made.text))).toMatch(
      /was used on 20.* on the machine “mx-hub-1”/,
    );
    await w.agents.authenticate(enrolled.token);
  });

  it('is exchanged once, also when two machines come at the same moment', async () => {
    const { text } = await create();
    const codes = await Promise.all([1, 2, 3].map(() => codeOf(enrol(w.agents, text))));
    expect(codes.sort()).toEqual(['CONFLICT', 'CONFLICT', 'done']);
  });

  it('gives the same agent the same answer again, which was lost; another machine stays refused', async () => {
    const { text } = await create();
    const key = 'k'.repeat(43);
    const lost = await Promise.all([1, 2].map(() => enrol(w.agents, text, 'mx-hub-1', key)));
    const again = await enrol(w.agents, text, 'mx-hub-1', key);
    expect(new Set([...lost, again].map(({ token }) => token)).size).toBe(1);
    await w.agents.authenticate(again.token);
    expect(await codeOf(enrol(w.agents, text, 'mx-hub-1'))).toBe('CONFLICT');
    const { agentId } = again;
    await revoke(agentId);
    expect(await codeOf(enrol(w.agents, text, 'mx-hub-1', key))).toBe('LICENCE_REVOKED');
    await restore(agentId);
    const newer = await issue(agentId);
    expect(await codeOf(enrol(w.agents, text, 'mx-hub-1', key))).toBe('LICENCE_INVALID');
    // Of the newer licence it is another token.
    expect((await enrol(w.agents, newer.text, 'mx-hub-1', key)).token).not.toBe(again.token);
    expect(await codeOf(w.agents.authenticate(again.token))).toBe('NOT_SIGNED_IN');
  });

  it('keeps no secret in the database, in the audit or in the events', async () => {
    const { text, agentId } = await create();
    const agentKey = 'a secret of the agent, in its state folder';
    const { token } = await enrol(w.agents, text, 'mx-hub-1', agentKey);
    const file = licenceFileSchema.parse(JSON.parse(text));
    const { enrolmentSecret } = JSON.parse(Buffer.from(file.payload, 'base64url').toString('utf8'));
    const kept = JSON.stringify([
      await w.db.select().from(agentLicence),
      await w.db.select().from(audit),
      await w.db.select().from(outbox),
      await viewOf(agentId),
    ]);
    for (const secret of [token, agentKey, enrolmentSecret, file.signature])
      expect(kept).not.toContain(secret);
    const actions = await w.db.select().from(audit).where(eq(audit.entityId, agentId));
    expect(actions.map((row) => [row.action, row.principalKind])).toEqual([
      ['agent.create', 'person'],
      ['agent.issueLicence', 'person'],
      ['agent.enrol', 'agent'],
    ]);
  });

  it.each([
    ['its folders', (payload: Record<string, unknown>) => ({ ...payload, folders: ['raw', 'work'] })],
    [
      'its end',
      (payload: Record<string, unknown>) => ({ ...payload, expiresAt: '2099-01-01T00:00:00.000Z' }),
    ],
    ['its agent', (payload: Record<string, unknown>) => ({ ...payload, agentId: w.agentId })],
    ['its id', (payload: Record<string, unknown>) => ({ ...payload, licenceId: crypto.randomUUID() })],
    [
      'an agent that is not there',
      (payload: Record<string, unknown>) => ({ ...payload, agentId: crypto.randomUUID() }),
    ],
    ['everything', () => ({ no: 'licence' })],
  ])('is refused when %s was changed', async (_, change) => {
    const file = licenceFileSchema.parse(JSON.parse((await create()).text));
    const payload = JSON.parse(Buffer.from(file.payload, 'base64url').toString('utf8'));
    const changed = { ...file, payload: Buffer.from(JSON.stringify(change(payload))).toString('base64url') };
    expect(await codeOf(enrol(w.agents, JSON.stringify(changed)))).toBe('LICENCE_INVALID');
  });

  it('of another installation, or from before the secret was changed, is refused', async () => {
    const secret = createHmac('sha256', 'x').update(TEST_SECRET).digest('hex');
    const elsewhere = createAgentsService({
      db: w.db,
      keys: new FacilityKeys(secret),
      webUrl: 'http://127.0.0.1:3000',
    });
    const { text } = await create();
    expect(await codeOf(enrol(elsewhere, text))).toBe('LICENCE_INVALID');
    // An agent that was enrolled before goes on with its token.
    await elsewhere.authenticate(w.token);
    await enrol(w.agents, text);
  });

  it('is worth nothing once a newer one was issued; the token goes on until the newer one is used', async () => {
    const first = await create();
    const { token } = await enrol(w.agents, first.text);
    const [unused, newest] = [await issue(first.agentId), await issue(first.agentId)];
    expect(await codeOf(enrol(w.agents, unused.text))).toBe('LICENCE_INVALID');
    expect(await viewOf(first.agentId)).toMatchObject({
      licence: { state: 'valid' },
      waitingLicence: { state: 'not-enrolled', folders: ['raw'] },
    });
    expect((await w.agents.authenticate(token)).folders).toEqual(['raw', 'processed']);

    const renewed = await enrol(w.agents, newest.text);
    expect(await codeOf(w.agents.authenticate(token))).toBe('NOT_SIGNED_IN');
    expect((await w.agents.authenticate(renewed.token)).folders).toEqual(['raw']);
    expect(await viewOf(first.agentId)).toMatchObject({
      licence: { folders: ['raw'] },
      waitingLicence: null,
    });
  });

  it('expires: neither a token nor the file counts from then on', async () => {
    const made = await create('short', inDays(1));
    const { token } = await enrol(w.agents, made.text);
    await w.agents.authenticate(token, inDays(0.99));
    expect(await codeOf(w.agents.authenticate(token, inDays(1.01)))).toBe('LICENCE_EXPIRED');
    expect(await sentenceOf(w.agents.authenticate(token, inDays(1.01)))).toMatch(
      /^The licence of short expired on 20.*Staff of the instrument issue a new one/,
    );
    const late = await create('late', inDays(1));
    await w.db
      .update(agentLicence)
      .set({ expiresAt: inDays(-1) })
      .where(eq(agentLicence.agentId, late.agentId));
    expect(await codeOf(enrol(w.agents, late.text))).toBe('LICENCE_EXPIRED');
  });

  it.each([
    [inDays(-1), /expired already/],
    [inDays(1900), /five years at most/],
  ])('cannot be made until %s', async (expiresAt, sentence) => {
    expect(await sentenceOf(create('odd', expiresAt))).toMatch(sentence);
  });
});

describe('a revoked licence', () => {
  it('is refused with its reason; restored, the same token works again', async () => {
    const { agentId, text } = await create('hub 2');
    const { token } = await enrol(w.agents, text);
    await revoke(agentId);
    expect(await codeOf(w.agents.authenticate(token))).toBe('LICENCE_REVOKED');
    expect(await sentenceOf(w.agents.authenticate(token))).toMatch(/HUB was stolen.*can restore it/);
    expect(await viewOf(agentId)).toMatchObject({
      licence: { state: 'revoked', revokedReason: 'HUB was stolen', revokedByName: 'staff' },
    });
    expect(await codeOf(revoke(agentId))).toBe('ALREADY_DONE');
    await restore(agentId);
    expect((await w.agents.authenticate(token)).agentId).toBe(agentId);
    expect(await codeOf(restore(agentId))).toBe('ALREADY_DONE');
  });

  it('does not come back with a newer one: who has the old token stays out', async () => {
    const { agentId, text } = await create();
    const stolen = (await enrol(w.agents, text)).token;
    await revoke(agentId);
    const newer = await issue(agentId);
    expect(await codeOf(w.agents.authenticate(stolen))).toBe('LICENCE_REVOKED');
    const { token } = await enrol(w.agents, newer.text);
    await w.agents.authenticate(token);
    expect(await codeOf(w.agents.authenticate(stolen))).toBe('NOT_SIGNED_IN');
  });

  it('takes one that waits with it, and both come back together', async () => {
    const { agentId, text } = await create();
    await enrol(w.agents, text);
    const waiting = await issue(agentId);
    await revoke(agentId);
    expect(await codeOf(enrol(w.agents, waiting.text))).toBe('LICENCE_REVOKED');
    await restore(agentId);
    await enrol(w.agents, waiting.text);
  });

  it('of a removed agent cannot be used', async () => {
    const { agentId, text } = await create();
    await w.agents.remove(w.as('staff'), { agentId });
    expect(await codeOf(enrol(w.agents, text))).toBe('LICENCE_REVOKED');
    expect(await codeOf(issue(agentId))).toBe('CONFLICT');
    expect(await codeOf(create())).toBe('CONFLICT');
  });
});

describe('admins of the facility', () => {
  beforeEach(async () => {
    const admin = { facilityId: w.facility.id, personId: w.people.stranger, createdAt: new Date() };
    await w.db.insert(facilityAdmin).values(admin);
  });
  const seen = async () => {
    const places = await w.agents.ofFacility(w.as('stranger'), { facilityId: w.facility.id });
    return new Map(places.map(({ instrument, agents }) => [instrument.id, agents]));
  };

  it('see the agents of all its instruments with their licences, and nothing of what these bring and where it goes', async () => {
    const second = await w.instruments.create(testContext(), {
      ...{ facilityId: w.facility.id, slug: `${w.instrument.slug}-b`, name: 'No agents' },
      ...{ description: '', promiseMs: 3000 },
    });
    const removed = await create('removed');
    await w.agents.remove(w.as('staff'), { agentId: removed.agentId });
    const agents = await seen();
    expect([...agents.keys()]).toEqual([w.instrument.id, second.id]);
    expect(agents.get(second.id)).toEqual([]);
    const staffSees = await w.agents.list(w.as('staff'), { instrumentId: w.instrument.id });
    expect(agents.get(w.instrument.id)).toEqual(
      staffSees.map(({ uploads: _, destinations: __, ...licensed }) => licensed),
    );
    expect(await codeOf(w.agents.list(w.as('stranger'), { instrumentId: w.instrument.id }))).toBe(
      'NOT_ALLOWED',
    );
  });

  it('issue, revoke and restore licences as staff do, and decide nothing else of an agent', async () => {
    const admin = w.as('stranger');
    const terms = { folders: ['raw' as const], expiresAt: inDays(30) };
    const made = await w.agents.create(admin, {
      ...{ ...terms, instrumentId: w.instrument.id, kind: 'hub', name: 'of the admin' },
    });
    const { agentId } = made;
    const { token } = await enrol(w.agents, made.text);
    await w.agents.revokeLicence(admin, { agentId, reason: 'Stolen' });
    expect(await codeOf(w.agents.authenticate(token))).toBe('LICENCE_REVOKED');
    const of = async () => (await seen()).get(w.instrument.id)!.find(({ id }) => id === agentId)!;
    expect((await of()).licence).toMatchObject({ state: 'revoked', revokedReason: 'Stolen' });
    await w.agents.restoreLicence(admin, { agentId });
    await w.agents.authenticate(token);
    await enrol(w.agents, (await w.agents.issueLicence(admin, { agentId, ...terms })).text);
    expect(await codeOf(w.agents.authenticate(token))).toBe('NOT_SIGNED_IN');
    expect(await codeOf(w.agents.remove(admin, { agentId }))).toBe('NOT_ALLOWED');
    expect(await codeOf(w.agents.destinations(admin, { agentId }))).toBe('NOT_ALLOWED');
    expect(await codeOf(w.agents.setUploads(admin, { agentId, mode: 'off', held: 'send' }))).toBe(
      'NOT_ALLOWED',
    );
  });
});
