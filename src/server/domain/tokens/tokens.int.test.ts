import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createExperimentsService } from '#src/server/domain/experiments/experiments.service.ts';
import { createFilesService } from '#src/server/domain/files/files.service.ts';
import { TOKEN_SCOPE_NAMES } from '#src/shared/permissions/token-scopes.ts';
import { giveToken } from '#src/testing/give-token.ts';
import { dataFile, type IngestWorld, ingestWorld, LONG_AGO } from '#src/testing/ingest-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type TestStore, testStore } from '#src/testing/test-store.ts';
import { activation, apiToken, audit, instrumentStaff, membership, person } from '../../db/schema/index.ts';
import { createTokensService, LONGEST_TOKEN_MS, MOST_TOKENS, type TokensService } from './tokens.service.ts';

let database: TestDatabase;
let storage: TestStore;
let w: IngestWorld;
let tokens: TokensService;
let experimentId: string;
let fileId: string;

beforeAll(async () => {
  [database, storage] = await Promise.all([testDatabase(), testStore()]);
  w = await ingestWorld(database.db, storage.store);
  tokens = createTokensService({ db: database.db });
  experimentId = (await w.activate(LONG_AGO)).id;
  const opened = await w.ingest.openSeries(w.agentContext, w.series());
  fileId = (await w.sendAndComplete(opened, dataFile(1, 0, 10))).fileId;
});
afterAll(async () => {
  await database?.drop();
  await storage?.close();
});

const inAnHour = () => new Date(Date.now() + 3600 * 1000);
const wanted = (changes = {}) => ({
  ...{ name: 'data home', scopes: ['experiments:read', 'files:read'] as const },
  ...{ expiresAt: inAnHour(), experimentId: null },
  ...changes,
});
const contextOf = async (token: string) => testContext(await tokens.authenticate(token, new Date()));
const files = () => createFilesService({ db: database.db, store: storage.store });

it('is told once, kept as a hash, and opens what its person sees', async () => {
  const { token, tokenId } = await tokens.create(w.as('pi'), wanted());
  expect(token).toMatch(/^bd_[\w-]{43}$/);
  const [row] = await database.db.select().from(apiToken).where(eq(apiToken.id, tokenId));
  expect(JSON.stringify(row)).not.toContain(token.slice(3));
  const listed = (await tokens.list(w.as('pi'))).find((one) => one.tokenId === tokenId)!;
  expect(JSON.stringify(listed)).not.toContain(token.slice(3));
  expect(listed).toMatchObject({ name: 'data home', isExpired: false, lastUsedAt: null });
  const ctx = await contextOf(token);
  expect((await files().signDownload(ctx, { fileId })).url).toContain('http');
  expect((await tokens.list(w.as('pi'))).find((one) => one.tokenId === tokenId)!.lastUsedAt).not.toBeNull();
  const trail = await database.db.select().from(audit).where(eq(audit.entityId, tokenId));
  expect(trail.map(({ action }) => action)).toEqual(['token.created']);
  const downloads = await database.db.select().from(audit).where(eq(audit.entityId, fileId));
  expect(downloads.at(-1)).toMatchObject({
    action: 'file.download',
    principalKind: 'person',
    principalId: w.people.pi,
    detail: { tokenId },
  });
});

it('holds no more than its person holds at that moment', async () => {
  const { token } = await giveToken(database.db, w.people.stranger);
  const hidden = { code: 'NOT_FOUND' };
  await expect(files().signDownload(await contextOf(token), { fileId })).rejects.toMatchObject(hidden);
  const row = { experimentId, personId: w.people.stranger, role: 'viewer' as const, createdAt: new Date() };
  await database.db.insert(membership).values(row);
  await expect(files().signDownload(await contextOf(token), { fileId })).resolves.toBeDefined();
  await database.db.delete(membership).where(eq(membership.personId, w.people.stranger));
  await expect(files().signDownload(await contextOf(token), { fileId })).rejects.toMatchObject(hidden);
});

it('does nothing its scopes do not name, and says which is lacking before it looks', async () => {
  const { token } = await giveToken(database.db, w.people.pi, { scopes: ['experiments:read'] });
  const ctx = await contextOf(token);
  await expect(files().getFile(ctx, { fileId })).resolves.toMatchObject({ id: fileId });
  await expect(files().signDownload(ctx, { fileId })).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
    message: expect.stringContaining('files:read'),
  });
  const experiments = createExperimentsService({ db: database.db });
  const off = { experimentId, enabled: false, held: 'send' as const };
  await expect(experiments.setUpload(ctx, off)).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  expect((await experiments.list(ctx, {})).items.map(({ id }) => id)).toEqual([experimentId]);
  const blind = await giveToken(database.db, w.people.pi, { scopes: ['files:read'] });
  await expect(experiments.list(await contextOf(blind.token), {})).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
  });
  await expect(tokens.create(ctx, wanted())).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
});

it('opens no other experiment than the one it was made for', async () => {
  const other = await w.prepare();
  const { token } = await tokens.create(w.as('pi'), wanted({ experimentId: other.id }));
  await expect(files().getFile(await contextOf(token), { fileId })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await expect(tokens.create(w.as('stranger'), wanted({ experimentId }))).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

it('for an instrument holds what its maker holds as staff there, while they are', async () => {
  const experiments = createExperimentsService({ db: database.db });
  const instrumentId = w.instrument.id;
  const forInstrument = { scopes: TOKEN_SCOPE_NAMES, instrumentId };
  await expect(tokens.create(w.as('pi'), wanted(forInstrument))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const both = { ...forInstrument, experimentId };
  await expect(tokens.create(w.as('staff'), wanted(both))).rejects.toMatchObject({ code: 'BAD_INPUT' });
  const { token, tokenId } = await tokens.create(w.as('staff'), wanted(forInstrument));
  const ctx = await contextOf(token);
  const next = await w.prepare();
  await experiments.activate(ctx, { experimentId: next.id });
  const [began] = await database.db.select().from(activation).where(eq(activation.experimentId, next.id));
  expect(began).toMatchObject({ startedBy: w.people.staff, endedAt: null });
  await experiments.activate(w.as('staff'), { experimentId });

  // Of a member who is no staff it opens nothing, whatever else they hold.
  const ofPi = await giveToken(database.db, w.people.pi, { instrumentId });
  const asPi = await contextOf(ofPi.token);
  await expect(files().getFile(asPi, { fileId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await experiments.list(asPi, {})).toMatchObject({ items: [] });

  const listed = await tokens.ofInstrument(w.as('staff'), { instrumentId });
  expect(listed.map((one) => [one.tokenId, one.madeBy, one.isIdle])).toEqual([
    [ofPi.tokenId, 'pi', true],
    [tokenId, 'staff', false],
  ]);
  await database.db.delete(instrumentStaff).where(eq(instrumentStaff.personId, w.people.staff));
  await expect(experiments.finish(ctx, { experimentId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const row = { instrumentId, personId: w.people.staff, createdAt: new Date() };
  await database.db.insert(instrumentStaff).values(row);
  // Revoked by other staff than its maker; a member of the experiment revokes none.
  await expect(tokens.revoke(w.as('pi'), { tokenId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await tokens.revoke(w.as('staff'), { tokenId: ofPi.tokenId });
  await expect(tokens.authenticate(ofPi.token, new Date())).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
  await tokens.revoke(w.as('staff'), { tokenId });
});

it('is dead once revoked, expired, or its person is disabled', async () => {
  const pi = w.as('pi');
  const made = await tokens.create(pi, wanted());
  await expect(tokens.revoke(w.as('staff'), made)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await tokens.revoke(pi, made);
  await expect(tokens.revoke(pi, made)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const why = (token: string) =>
    tokens.authenticate(token, new Date()).then(
      () => 'counts',
      ({ code, details }) => `${code} ${details?.token}`,
    );
  expect(await why(made.token)).toBe('NOT_SIGNED_IN revoked');
  const ended = await giveToken(database.db, w.people.pi, { expiresAt: new Date(Date.now() - 1) });
  expect(await why(ended.token)).toBe('NOT_SIGNED_IN expired');
  expect(await why(`bd_${'x'.repeat(43)}`)).toBe('NOT_SIGNED_IN unknown');
  expect(await why(w.token)).toBe('NOT_SIGNED_IN unknown');
  const leaver = await giveToken(database.db, w.people.stranger);
  expect(await why(leaver.token)).toBe('counts');
  await database.db.update(person).set({ disabledAt: new Date() }).where(eq(person.id, w.people.stranger));
  expect(await why(leaver.token)).toBe('NOT_SIGNED_IN disabled');
});

it('must end within a year, and there are not endlessly many', async () => {
  const staff = w.as('staff');
  for (const expiresAt of [new Date(Date.now() - 1), new Date(Date.now() + LONGEST_TOKEN_MS + 60_000)]) {
    await expect(tokens.create(staff, wanted({ expiresAt }))).rejects.toMatchObject({ code: 'BAD_INPUT' });
  }
  const made = await Promise.allSettled(
    Array.from({ length: MOST_TOKENS + 3 }, () => tokens.create(staff, wanted())),
  );
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(MOST_TOKENS);
});
