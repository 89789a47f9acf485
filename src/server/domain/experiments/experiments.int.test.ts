import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { activation, audit, outbox } from '../../db/schema/index.ts';
import { isOverlap } from './lifecycle.service.ts';

let database: TestDatabase;
const system = testContext();

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

let w: ExperimentWorld;
beforeEach(async () => {
  w = await experimentWorld(database);
});

describe('creating experiments', () => {
  it('gives a code with the prefix of the facility and makes the PI its owner', async () => {
    const made = await w.make('Lysozyme');
    expect(made.code).toMatch(new RegExp(`^${w.facility.code}\\d\\d-[0-9A-HJKMNP-TV-Z]{5}$`));
    expect(made.state).toBe('preparation');
    const { items } = await w.members.list(w.as('pi'), { experimentId: made.id });
    expect(items).toMatchObject([{ id: w.people.pi, role: 'owner' }]);
  });

  it('draws again when the code is taken', async () => {
    const staff = w.as('staff');
    const draws = [0, 0, 1];
    const fixed = { ...staff, randomBytes: (n: number) => new Uint8Array(n).fill(draws.shift() ?? 2) };
    const wanted = {
      instrumentId: w.instrument.id,
      title: 'x',
      keywords: [],
      piEmail: w.email('pi'),
      proprietary: true,
      externalIds: [],
    };
    const first = await w.experiments.create(fixed, wanted);
    const second = await w.experiments.create(fixed, wanted);
    expect(first.code.endsWith('-00000')).toBe(true);
    expect(second.code.endsWith('-11111')).toBe(true);
  });

  it('is for staff only, and an unknown PI is told', async () => {
    const wanted = {
      instrumentId: w.instrument.id,
      title: 'x',
      keywords: [],
      piEmail: w.email('pi'),
      proprietary: true,
      externalIds: [],
    };
    expect(await codeOf(w.experiments.create(w.as('pi'), wanted))).toBe('NOT_FOUND');
    expect(await codeOf(w.experiments.create(w.as('admin'), wanted))).toBe('NOT_ALLOWED');
    expect(
      await codeOf(w.experiments.create(w.as('staff'), { ...wanted, piEmail: 'nobody@example.org' })),
    ).toBe('BAD_INPUT');
  });

  it('is found by its code in any spelling, and by its external id', async () => {
    const made = await w.experiments.create(w.as('staff'), {
      instrumentId: w.instrument.id,
      title: 'Typed by hand',
      keywords: ['test'],
      piEmail: w.email('pi'),
      proprietary: true,
      externalIds: [{ kind: 'visit', value: 'mx-2026-1' }],
    });
    const sloppy = ` ${made.code.toLowerCase().replace('-', '')} `;
    const found = await w.experiments.getByCode(w.as('pi'), { code: sloppy });
    expect(found.id).toBe(made.id);
    expect(found.externalIds).toEqual([{ kind: 'visit', value: 'mx-2026-1' }]);
    const external = { facilityId: w.facility.id, kind: 'visit' as const, value: 'mx-2026-1' };
    expect((await w.experiments.findByExternalId(system, external))?.id).toBe(made.id);
    expect(await w.experiments.findByExternalId(w.as('outsider'), external)).toBeNull();
    expect(await codeOf(w.experiments.getByCode(w.as('outsider'), { code: made.code }))).toBe('NOT_FOUND');
    expect(await codeOf(w.experiments.getByCode(w.as('pi'), { code: 'nonsense' }))).toBe('NOT_FOUND');
  });
});

describe('activation', () => {
  it('ends the former period at the very instant the new one begins; the former stays Running', async () => {
    const [a, b] = [await w.make('A'), await w.make('B')];
    const staff = w.as('staff');
    await w.experiments.activate(staff, { experimentId: a.id });
    const done = await w.experiments.activate(staff, { experimentId: b.id });
    expect(done.formerExperimentId).toBe(a.id);
    const rows = await w.db.select().from(activation).where(eq(activation.instrumentId, w.instrument.id));
    const [first, second] = rows.sort((x, y) => x.startedAt.getTime() - y.startedAt.getTime());
    expect(first?.endedAt).toEqual(second?.startedAt);
    expect(second?.endedAt).toBeNull();
    expect(await w.experiments.get(staff, { experimentId: a.id })).toMatchObject({
      state: 'running',
      activeSince: null,
    });
    expect(await w.experiments.get(staff, { experimentId: b.id })).toMatchObject({
      state: 'running',
      activeSince: done.since,
    });
  });

  it('survives many people switching at once: one active experiment, periods without gap or overlap', async () => {
    const made = await Promise.all(['A', 'B', 'C', 'D'].map((title) => w.make(title)));
    const results = await Promise.all(
      made.map((e) => codeOf(w.experiments.activate(w.as('staff'), { experimentId: e.id }))),
    );
    expect(results).toContain('done');
    expect(results.every((result) => result === 'done' || result === 'CONFLICT')).toBe(true);
    const rows = await w.db.select().from(activation).where(eq(activation.instrumentId, w.instrument.id));
    expect(rows.filter((row) => row.endedAt === null)).toHaveLength(1);
    const ends = new Set(rows.map((row) => row.endedAt?.getTime()));
    const starts = rows.map((row) => row.startedAt.getTime()).sort((x, y) => x - y);
    for (const start of starts.slice(1)) expect(ends.has(start)).toBe(true);
  });

  it('refuses a switch decided on what is no longer so', async () => {
    const [a, b, c] = [await w.make('A'), await w.make('B'), await w.make('C')];
    const staff = w.as('staff');
    await w.experiments.activate(staff, { experimentId: a.id, expectedActiveId: null });
    await w.experiments.activate(staff, { experimentId: b.id, expectedActiveId: a.id });
    expect(await codeOf(w.experiments.activate(staff, { experimentId: c.id, expectedActiveId: a.id }))).toBe(
      'CONFLICT',
    );
    expect((await w.experiments.get(staff, { experimentId: b.id })).activeSince).not.toBeNull();
  });

  it('is guarded by the database itself: a second open period is refused whoever writes it', async () => {
    const [a, b] = [await w.make('A'), await w.make('B')];
    await w.experiments.activate(w.as('staff'), { experimentId: a.id });
    const rogue = w.db.insert(activation).values({
      id: system.newId(),
      instrumentId: w.instrument.id,
      experimentId: b.id,
      startedAt: system.now(),
    });
    const refused = await rogue.then(
      () => null,
      (error: unknown) => error,
    );
    expect(isOverlap(refused)).toBe(true);
  });

  it('keeps order when the clock of this process runs behind', async () => {
    const [a, b] = [await w.make('A'), await w.make('B')];
    const staff = w.as('staff');
    staff.at('2026-05-01T10:00:05Z');
    await w.experiments.activate(staff, { experimentId: a.id });
    staff.at('2026-05-01T10:00:00Z');
    const { since } = await w.experiments.activate(staff, { experimentId: b.id });
    expect(since.toISOString()).toBe('2026-05-01T10:00:05.000Z');
  });

  it('tells each group only of itself', async () => {
    const [a, b] = [await w.make('A'), await w.make('B')];
    const staff = w.as('staff');
    await w.experiments.activate(staff, { experimentId: a.id });
    await w.experiments.activate(staff, { experimentId: b.id });
    const events = await w.db
      .select()
      .from(outbox)
      .where(eq(outbox.topic, `experiment:${a.id}`));
    const text = JSON.stringify(events.map((event) => event.data));
    expect(text).not.toContain(b.id);
    const whole = await w.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.topic, `instrument:${w.instrument.id}`), eq(outbox.kind, 'activation.changed')))
      .orderBy(outbox.seq);
    expect(whole.map((event) => event.data.experimentId)).toEqual([a.id, b.id]);
  });

  it('is for staff: the owner is refused, a stranger finds nothing', async () => {
    const a = await w.make('A');
    expect(await codeOf(w.experiments.activate(w.as('pi'), { experimentId: a.id }))).toBe('NOT_ALLOWED');
    expect(await codeOf(w.experiments.activate(w.as('outsider'), { experimentId: a.id }))).toBe('NOT_FOUND');
  });

  it('deactivates, finishes, resumes and closes only along the allowed ways', async () => {
    const a = await w.make('A');
    const staff = w.as('staff');
    expect(await codeOf(w.experiments.finish(staff, { experimentId: a.id }))).toBe('CONFLICT');
    expect(await codeOf(w.experiments.deactivate(staff, { instrumentId: w.instrument.id }))).toBe(
      'ALREADY_DONE',
    );
    await w.experiments.activate(staff, { experimentId: a.id });
    await w.experiments.deactivate(staff, { instrumentId: w.instrument.id });
    expect((await w.experiments.get(staff, { experimentId: a.id })).state).toBe('running');
    await w.experiments.activate(staff, { experimentId: a.id });
    expect(await codeOf(w.experiments.close(staff, { experimentId: a.id }))).toBe('CONFLICT');
    await w.experiments.finish(staff, { experimentId: a.id });
    const finished = await w.experiments.get(staff, { experimentId: a.id });
    expect(finished).toMatchObject({ state: 'processing', activeSince: null });
    expect(finished.finishedAt).not.toBeNull();
    await w.experiments.activate(staff, { experimentId: a.id });
    const resumed = await w.experiments.get(staff, { experimentId: a.id });
    expect(resumed).toMatchObject({ state: 'running', finishedAt: null });
    await w.experiments.finish(staff, { experimentId: a.id });
    await w.experiments.close(staff, { experimentId: a.id });
    expect(await codeOf(w.experiments.activate(staff, { experimentId: a.id }))).toBe('CONFLICT');
    const actions = await w.db.select().from(audit).where(eq(audit.experimentId, a.id)).orderBy(audit.id);
    expect(actions.map((row) => row.action)).toEqual([
      'experiment.create',
      'experiment.activate',
      'experiment.deactivate',
      'experiment.activate',
      'experiment.finish',
      'experiment.activate',
      'experiment.finish',
      'experiment.close',
    ]);
  });
});
