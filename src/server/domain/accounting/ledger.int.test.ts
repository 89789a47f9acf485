import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DatabaseHandle, openDatabase } from '#src/server/db/client.ts';
import { ledgerEntry, licence } from '#src/server/db/schema/index.ts';
import { createLogger } from '#src/server/observability/logger.ts';
import type { AppError } from '#src/shared/errors/app-error.ts';
import { HOUR_MS, runCostMs } from '#src/shared/model/accounting.ts';
import { randomSource } from '#src/testing/damaged-bytes.ts';
import { codeOf, type ExperimentWorld, experimentWorld } from '#src/testing/experiment-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';
import { type Run, refund, release, reserve, settle } from './ledger.ts';
import { createLicencesService } from './licences.service.ts';

/** As many transactions at once as a busy installation has. */
const AT_ONCE = 16;

let database: TestDatabase;
let many: DatabaseHandle;
let w: ExperimentWorld;
const ctx = testContext();

beforeAll(async () => {
  database = await testDatabase();
  many = openDatabase(database.url, { max: AT_ONCE, name: 'test', log: createLogger('test', 'silent') });
  w = await experimentWorld(database);
});
afterAll(async () => {
  await many?.close();
  await database?.drop();
});

const JAN = new Date('2026-01-01T00:00:00Z');
const NEXT_JAN = new Date('2027-01-01T00:00:00Z');

async function licenceOf(cpuMs: number, validUntil = new Date('2099-01-01T00:00:00Z')): Promise<string> {
  const { licenceId } = await createLicencesService({ db: database.db }).create(w.as('admin'), {
    facilityId: w.facility.id,
    name: 'Beam time',
    owner: { kind: 'facility' },
    validFrom: JAN,
    validUntil,
    cpuMs,
    hotBytes: 0,
    archiveBytes: 0,
    processingWindowDays: null,
  });
  return licenceId;
}

const newRun = (): Run => ({ kind: 'job', id: ctx.newId() });
const inTransaction = <T>(work: (tx: Parameters<typeof reserve>[0]) => Promise<T>) =>
  many.db.transaction(work);
const start = (licenceId: string, run: Run, cpuMs: number, by = ctx) =>
  inTransaction((tx) =>
    reserve(tx, by, { licenceId, run, cpuMs, personId: w.people.pi, experimentId: null }),
  );
const end = (run: Run, wallMs: number, priceMilli = 1000) =>
  inTransaction((tx) => settle(tx, ctx, { run, wallMs, priceMilli }));

async function stateOf(licenceId: string) {
  const [row] = await many.db.select().from(licence).where(eq(licence.id, licenceId));
  const entries = await many.db.select().from(ledgerEntry).where(eq(ledgerEntry.licenceId, licenceId));
  const sum = entries.reduce((total, entry) => total + entry.cpuMs, 0);
  const { grantedCpuMs, reservedCpuMs, settledCpuMs } = row!;
  return { entries, sum, grantedCpuMs, reservedCpuMs, settledCpuMs };
}

describe('one run', () => {
  it('reserves, settles CPUs × wall time and gives the rest back', async () => {
    const licenceId = await licenceOf(10 * HOUR_MS);
    const run = newRun();
    await start(licenceId, run, 8 * HOUR_MS);
    expect(await stateOf(licenceId)).toMatchObject({ reservedCpuMs: 8 * HOUR_MS, sum: 2 * HOUR_MS });
    const settled = await end(run, 0.5 * HOUR_MS, 4000);
    expect(settled).toEqual({ chargedCpuMs: 2 * HOUR_MS, unchargedCpuMs: 0 });
    const after = { reservedCpuMs: 0, settledCpuMs: 2 * HOUR_MS, sum: 8 * HOUR_MS };
    expect(await stateOf(licenceId)).toMatchObject(after);
  });

  it('is refused before it starts, with what is missing and until when', async () => {
    const licenceId = await licenceOf(10 * HOUR_MS, NEXT_JAN);
    const at = testContext();
    at.at('2026-11-22T12:00:00Z');
    await start(licenceId, newRun(), 6 * HOUR_MS, at);
    const refused = await start(licenceId, newRun(), 6 * HOUR_MS, at).catch((error: AppError) => error);
    expect(refused).toMatchObject({ code: 'NOT_COVERED', status: 402 });
    expect((refused as AppError).message).toBe(
      'This needs 6 CPU hours; the licence “Beam time” has 4 CPU hours left of 10 CPU hours, 6 CPU hours set aside for runs under way, until 2027-01-01 (Europe/Berlin): 2 CPU hours are missing. Choose a smaller profile, a shorter time or another licence, or ask a facility admin for more.',
    );
    expect((await stateOf(licenceId)).entries).toHaveLength(2);
  });

  it('is refused outside the validity, and one that was let in is settled behind it', async () => {
    const licenceId = await licenceOf(10 * HOUR_MS, NEXT_JAN);
    const at = testContext();
    at.at('2025-12-31T23:59:59Z');
    await expect(start(licenceId, newRun(), 1, at)).rejects.toThrow(/is not valid before 2026-01-01/);
    at.at('2026-12-31T23:59:59Z');
    const run = newRun();
    await start(licenceId, run, HOUR_MS, at);
    at.at('2027-01-01T00:00:00Z');
    await expect(start(licenceId, newRun(), 1, at)).rejects.toThrow(/ended on 2027-01-01/);
    const settled = await inTransaction((tx) => settle(tx, at, { run, wallMs: HOUR_MS, priceMilli: 1000 }));
    expect(settled?.chargedCpuMs).toBe(HOUR_MS);
  });

  it('takes what it used beyond its reservation from what is left, and notes what even that does not cover', async () => {
    const licenceId = await licenceOf(10 * HOUR_MS);
    const [long, other] = [newRun(), newRun()];
    await start(licenceId, long, 2 * HOUR_MS);
    await start(licenceId, other, 5 * HOUR_MS);
    const settled = await end(long, 9 * HOUR_MS);
    expect(settled).toEqual({ chargedCpuMs: 5 * HOUR_MS, unchargedCpuMs: 4 * HOUR_MS });
    expect(await stateOf(licenceId)).toMatchObject({ sum: 0, reservedCpuMs: 5 * HOUR_MS });
    expect(await end(other, 5 * HOUR_MS)).toEqual({ chargedCpuMs: 5 * HOUR_MS, unchargedCpuMs: 0 });
  });

  it('costs nothing when the platform failed, whether it was charged or not', async () => {
    const licenceId = await licenceOf(10 * HOUR_MS);
    const [charged, under] = [newRun(), newRun()];
    await start(licenceId, charged, HOUR_MS);
    await start(licenceId, under, HOUR_MS);
    await end(charged, HOUR_MS);
    const reason = 'the store was away';
    for (const run of [charged, under]) {
      expect(await inTransaction((tx) => refund(tx, ctx, { run, reason }))).toBe(true);
      expect(await inTransaction((tx) => refund(tx, ctx, { run, reason }))).toBe(false);
    }
    expect(await end(under, HOUR_MS)).toBeNull();
    expect(await stateOf(licenceId)).toMatchObject({ sum: 10 * HOUR_MS, reservedCpuMs: 0, settledCpuMs: 0 });
  });

  it('is paid by one licence, also when two are asked at once', async () => {
    const licences = [await licenceOf(HOUR_MS), await licenceOf(HOUR_MS)];
    const run = newRun();
    const ends = await Promise.all(licences.map((licenceId) => codeOf(start(licenceId, run, HOUR_MS))));
    expect(ends.sort()).toEqual(['CONFLICT', 'done']);
    const sums = await Promise.all(licences.map(async (licenceId) => (await stateOf(licenceId)).sum));
    expect(sums.sort()).toEqual([0, HOUR_MS]);
  });

  it('that was never reserved is not charged', async () => {
    expect(await end(newRun(), HOUR_MS)).toBeNull();
    expect(await inTransaction((tx) => release(tx, ctx, { run: newRun() }))).toBe(false);
  });
});

describe('the table itself', () => {
  it('refuses to change or lose a row', async () => {
    const licenceId = await licenceOf(HOUR_MS);
    const { db } = database;
    const refused = { cause: { message: 'ledger_entry is append-only' } };
    await expect(db.update(ledgerEntry).set({ cpuMs: 0 })).rejects.toMatchObject(refused);
    await expect(db.delete(ledgerEntry)).rejects.toMatchObject(refused);
    await expect(db.execute(sql`truncate ${ledgerEntry}`)).rejects.toMatchObject(refused);
    expect(await stateOf(licenceId)).toMatchObject({ sum: HOUR_MS });
  });

  it('refuses a row that spends what is not there, whoever writes it', async () => {
    const licenceId = await licenceOf(HOUR_MS);
    const row = { id: ctx.newId(), licenceId, kind: 'withdraw' as const, at: ctx.now() };
    await expect(
      database.db.insert(ledgerEntry).values({ ...row, cpuMs: -HOUR_MS - 1 }),
    ).rejects.toMatchObject({
      cause: { constraint: 'licence_never_below_zero' },
    });
    await database.db.insert(ledgerEntry).values({ ...row, cpuMs: -HOUR_MS });
    expect(await stateOf(licenceId)).toMatchObject({ sum: 0, grantedCpuMs: 0 });
  });
});

describe('many at once, at a nearly empty licence', () => {
  it('lets in exactly as many starts as it covers', async () => {
    const licenceId = await licenceOf(7 * HOUR_MS + 1);
    const ends = await Promise.all(
      Array.from({ length: 60 }, () => codeOf(start(licenceId, newRun(), HOUR_MS))),
    );
    expect(ends.filter((end) => end === 'done')).toHaveLength(7);
    expect(ends.filter((end) => end === 'NOT_COVERED')).toHaveLength(53);
    expect(await stateOf(licenceId)).toMatchObject({ sum: 1, reservedCpuMs: 7 * HOUR_MS });
  });

  /** Starts, ends, cancellations and refunds of the same runs, each sent up to three times, all in any order and at once. */
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'charges each run once, whatever comes how often in which order (seed %i)',
    async (seed) => {
      const random = randomSource(seed);
      const below = (n: number) => Math.floor(random() * n);
      const granted = 20 * HOUR_MS;
      const licenceId = await licenceOf(granted);
      const runs = Array.from({ length: 40 }, () => ({
        run: newRun(),
        cpuMs: 1 + below(2 * HOUR_MS),
        // Some run longer than they said.
        wallMs: below(3 * HOUR_MS),
        priceMilli: [0, 500, 1000, 1333][below(4)]!,
      }));
      type Attempt = () => Promise<unknown>;
      const attempts: Attempt[] = runs.flatMap(({ run, cpuMs, wallMs, priceMilli }) => [
        ...Array.from({ length: 1 + below(3) }, () => () => start(licenceId, run, cpuMs)),
        ...Array.from({ length: below(4) }, () => () => end(run, wallMs, priceMilli)),
        ...Array.from({ length: below(2) }, () => () => inTransaction((tx) => release(tx, ctx, { run }))),
        ...Array.from(
          { length: below(2) },
          () => () => inTransaction((tx) => refund(tx, ctx, { run, reason: 'failed' })),
        ),
      ]);
      for (let i = attempts.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [attempts[i], attempts[j]] = [attempts[j]!, attempts[i]!];
      }
      const ends = await Promise.all(attempts.map((attempt) => codeOf(attempt())));
      // Nothing but a refused start goes wrong: no deadlock, no key that meets another.
      expect(new Set(ends)).toEqual(
        new Set(ends.includes('NOT_COVERED') ? ['done', 'NOT_COVERED'] : ['done']),
      );

      const { entries, sum, ...totals } = await stateOf(licenceId);
      expect(totals.grantedCpuMs - totals.reservedCpuMs - totals.settledCpuMs).toBe(sum);
      expect(sum).toBeGreaterThanOrEqual(0);
      for (const { run, cpuMs, wallMs, priceMilli } of runs) {
        const mine = entries.filter(({ runId }) => runId === run.id);
        const amount = (kind: string) => mine.find((entry) => entry.kind === kind)?.cpuMs;
        expect(mine.length).toBe(new Set(mine.map(({ kind }) => kind)).size);
        if (amount('reserve') === undefined) {
          expect(mine).toEqual([]);
          continue;
        }
        expect(amount('reserve')).toBe(-cpuMs);
        if (amount('release') !== undefined) expect(amount('release')).toBe(cpuMs);
        const settled = mine.find(({ kind }) => kind === 'settle');
        if (settled) {
          expect(amount('release')).toBe(cpuMs);
          expect(settled.unchargedCpuMs - settled.cpuMs).toBe(runCostMs(priceMilli, wallMs));
        }
        if (amount('refund') !== undefined) expect(amount('refund')! + settled!.cpuMs).toBe(0);
      }
      // What was paid in stays: nothing is made and nothing is lost.
      const ofRuns = entries
        .filter(({ runId }) => runId !== null)
        .reduce((total, { cpuMs }) => total + cpuMs, 0);
      expect(granted + ofRuns).toBe(sum);
    },
  );
});
