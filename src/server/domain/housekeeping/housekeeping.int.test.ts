import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { giveToken } from '../../../testing/give-token.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { identityProof, keptAnswer } from '../../db/schema/index.ts';
import { createTriggersService } from '../triggers/triggers.service.ts';
import { createHousekeepingService } from './housekeeping.service.ts';

const HOUR_MS = 3600 * 1000;
let database: TestDatabase;
let w: ExperimentWorld;

beforeAll(async () => {
  database = await testDatabase();
  w = await experimentWorld(database);
});
afterAll(() => database?.drop());

const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS);

it('forgets kept answers after a day, of tokens that nobody uses any more too, and proofs that led nowhere', async () => {
  const dead = await giveToken(w.db, w.people.pi, { revokedAt: ago(40) });
  const live = await giveToken(w.db, w.people.pi);
  const answer = { requestHash: '0'.repeat(64), status: 201, answer: { code: 'X' } };
  await w.db.insert(keptAnswer).values([
    { ...answer, tokenId: dead.tokenId, key: 'long ago', createdAt: ago(25) },
    { ...answer, tokenId: live.tokenId, key: 'long ago', createdAt: ago(25) },
    { ...answer, tokenId: dead.tokenId, key: 'today', createdAt: ago(23) },
  ]);
  const system = testContext();
  const proof = (subject: string, expiresAt: Date) => ({
    ...{ id: system.newId(), tokenHash: subject, issuer: 'https://id.example.org/', subject },
    ...{ isEmailVerified: false, createdAt: expiresAt, expiresAt },
  });
  await w.db.insert(identityProof).values([proof('gone', ago(25)), proof('waits', ago(-0.2))]);
  const { sweep } = createHousekeepingService({
    ...{ db: w.db, experiments: w.experiments, triggers: createTriggersService({ db: w.db }) },
    ingest: { abortStaleUploads: async () => 0, endSilentParts: async () => 0, locateStored: async () => 0 },
  });
  expect(await sweep(system)).toMatchObject({ answers: 2, proofs: 1 });
  expect((await w.db.select().from(keptAnswer)).map(({ key }) => key)).toEqual(['today']);
  expect((await w.db.select().from(identityProof)).map(({ subject }) => subject)).toEqual(['waits']);
  expect(await codeOf(sweep(w.as('admin')))).toBe('NOT_ALLOWED');
});
