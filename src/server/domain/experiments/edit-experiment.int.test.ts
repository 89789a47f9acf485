import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { audit, outbox } from '../../db/schema/index.ts';
import { createExperimentSchema, editExperimentSchema } from './experiment.types.ts';

let database: TestDatabase;
let w: ExperimentWorld;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  w = await experimentWorld(database);
});

const faultsOf = (input: object) =>
  editExperimentSchema
    .safeParse({ experimentId: crypto.randomUUID(), version: 1, ...input })
    .error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];

describe('what is written about an experiment', () => {
  it('is kept with every field', async () => {
    const wanted = createExperimentSchema.parse({
      instrumentId: w.instrument.id,
      title: ' Щ-белок 🧪 ',
      keywords: ['Cafe\u0301', 'Café', 'SAD'],
      piEmail: w.email('pi'),
      plannedStart: '2026-10-24T22:00:00Z',
      plannedEnd: '2026-10-25T22:00:00Z',
      proprietary: false,
      embargoUntil: '2029-10-25',
      terms: 'Cite the facility.\r\nNo commercial use.',
    });
    const made = await w.experiments.create(w.as('staff'), wanted);
    expect(await w.experiments.get(w.as('pi'), { experimentId: made.id })).toMatchObject({
      title: 'Щ-белок 🧪',
      keywords: ['Café', 'SAD'],
      plannedEnd: new Date('2026-10-25T22:00:00Z'),
      proprietary: false,
      embargoUntil: '2029-10-25',
      terms: 'Cite the facility.\nNo commercial use.',
      version: 1,
    });
  });

  it('changes only in the fields given, with an audit and an event; the same again changes nothing', async () => {
    const { id } = await w.make('Lysozyme');
    const edit = { experimentId: id, version: 1, title: 'Thaumatin', keywords: ['SAD'] };
    expect(await w.experiments.edit(w.as('pi'), edit)).toEqual({ version: 2 });
    expect(await w.experiments.edit(w.as('pi'), { ...edit, version: 2 })).toEqual({ version: 2 });
    expect(await w.experiments.get(w.as('pi'), { experimentId: id })).toMatchObject({
      title: 'Thaumatin',
      keywords: ['SAD'],
      proprietary: true,
      version: 2,
    });
    const rows = await w.db
      .select()
      .from(audit)
      .where(and(eq(audit.experimentId, id), eq(audit.action, 'experiment.edit')));
    expect(rows.map((row) => row.detail)).toEqual([
      { version: 2, fields: { title: 'Thaumatin', keywords: ['SAD'] } },
    ]);
    const events = await w.db
      .select()
      .from(outbox)
      .where(and(eq(outbox.topic, `experiment:${id}`), eq(outbox.kind, 'experiment.changed')));
    expect(events).toHaveLength(1);
  });

  it('tells the second of two editors who was faster, and keeps what the first wrote', async () => {
    const { id, code } = await w.make('Lysozyme');
    const both = [
      w.experiments.edit(w.as('pi'), { experimentId: id, version: 1, title: 'By the PI' }),
      w.experiments.edit(w.as('staff'), { experimentId: id, version: 1, title: 'By staff' }),
    ];
    const endings = await Promise.allSettled(both);
    expect(endings.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { title } = await w.experiments.get(w.as('pi'), { experimentId: id });
    const faster = title === 'By the PI' ? 'pi' : 'staff';
    const lost = endings.find((ending) => ending.status === 'rejected')!;
    expect(lost.reason).toMatchObject({ code: 'CONFLICT' });
    expect(lost.reason.message).toMatch(new RegExp(`^${faster} .* changed ${code} while you were writing`));
  });

  it('leaves the plan to staff, and is nothing for strangers', async () => {
    const { id } = await w.make('Lysozyme');
    const plan = { experimentId: id, version: 1, plannedEnd: new Date('2027-01-01T00:00:00Z') };
    expect(await codeOf(w.experiments.edit(w.as('pi'), plan))).toBe('NOT_ALLOWED');
    expect(await codeOf(w.experiments.edit(w.as('outsider'), plan))).toBe('NOT_FOUND');
    expect(await codeOf(w.experiments.edit(w.as('staff'), plan))).toBe('done');
    expect(
      await codeOf(w.experiments.edit(w.as('staff'), { experimentId: id, version: 2, plannedEnd: null })),
    ).toBe('done');
  });

  it('never ends before it begins, whichever of the two dates is changed', async () => {
    const { id } = await w.make('Lysozyme');
    const start = new Date('2026-05-01T08:00:00Z');
    const end = new Date('2026-05-02T08:00:00Z');
    const staff = w.as('staff');
    await w.experiments.edit(staff, { experimentId: id, version: 1, plannedStart: start, plannedEnd: end });
    expect(faultsOf({ plannedStart: end, plannedEnd: start })).toEqual([
      'plannedEnd: The planned end must be after the planned start.',
    ]);
    for (const fields of [{ plannedEnd: start }, { plannedStart: end }]) {
      const refused = w.experiments.edit(staff, { experimentId: id, version: 2, ...fields });
      await expect(refused).rejects.toMatchObject({
        code: 'BAD_INPUT',
        details: { fields: { plannedEnd: expect.any(String) } },
      });
    }
  });

  it('refuses what cannot be meant, field by field', () => {
    expect(faultsOf({ title: '  ' })).toEqual(['title: Give the experiment a title.']);
    expect(faultsOf({ title: 'x'.repeat(201) })).toEqual(['title: At most 200 characters.']);
    expect(faultsOf({ keywords: ['a\u0000'] })).toEqual([
      'keywords.0: This holds a control character: type it anew.',
    ]);
    expect(faultsOf({ embargoUntil: '2026-02-30' })).toEqual(['embargoUntil: Write the date as 2026-11-21.']);
    expect(faultsOf({ plannedStart: '20260-01-01T00:00:00Z' })).toHaveLength(1);
  });
});

describe('activation by two people at once', () => {
  it('lets one win, and tells the other who it was and what is active now', async () => {
    const [a, b] = [await w.make('A'), await w.make('B')];
    const race = await Promise.allSettled(
      [a, b].map(({ id }) =>
        w.experiments.activate(w.as('staff'), { experimentId: id, expectedActiveId: null }),
      ),
    );
    const lost = race.findIndex(({ status }) => status === 'rejected');
    const won = [a, b][1 - lost]!;
    expect(race.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { reason } = race[lost] as PromiseRejectedResult;
    expect(reason.message).toMatch(new RegExp(`^staff .* has activated ${won.code} in the meantime`));
    expect(reason.details).toEqual({ activeId: won.id });
  });
});
