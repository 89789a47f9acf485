import { inArray } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AlarmWorld, alarmWorld } from '../../../testing/alarm-world.ts';
import { codeOf } from '../../../testing/experiment-world.ts';
import { mailsTo } from '../../../testing/mails.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { storageUse, webhookDelivery } from '../../db/schema/index.ts';
import { createLicencesService } from '../accounting/licences.service.ts';
import { createCockpitService } from '../instruments/cockpit.service.ts';

/* A facility with two instruments: `staff` serves both, `other` the first, and 10 TB of hot storage are licensed. */

const TB = 1e12;
const AT_80 = 'Hot storage of the facility has reached 80 % of what is licensed.';

let database: TestDatabase;
let w: AlarmWorld;
let second: string;

beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  w = await alarmWorld(database);
  const system = testContext();
  const facilityId = w.facility.id;
  const made = await w.instruments.create(system, {
    ...{ facilityId, slug: `second-${w.instrument.slug}`, name: 'Second', description: '', promiseMs: 3000 },
  });
  second = made.id;
  await w.instruments.addStaff(system, { facilityId, instrumentId: second, personId: w.people.staff });
  await createLicencesService(database).create(system, {
    ...{
      facilityId,
      name: 'Year',
      owner: { kind: 'facility' },
      cpuMs: 0,
      hotBytes: 10 * TB,
      archiveBytes: 0,
    },
    ...{ validFrom: new Date('2025-01-01T00:00:00Z'), validUntil: new Date('2099-01-01T00:00:00Z') },
    processingWindowDays: null,
  });
});
afterAll(() => database?.drop());

/** So much is kept from now on; workers look at both instruments for a while. */
async function keep(hotBytes: number, seconds: number): Promise<void> {
  await database.db
    .insert(storageUse)
    .values({ instrumentId: second, hotBytes })
    .onConflictDoUpdate({ target: storageUse.instrumentId, set: { hotBytes } });
  await w.pass(seconds, async () => {
    await w.beat();
    const system = testContext();
    system.at(w.now().toISOString());
    await w.watch.look(system, { instrumentId: second });
  });
}
const standingAt = async (instrumentId: string) =>
  (await w.alarms.list(w.by('staff'), { instrumentId })).standing;
const toldTo = async (name: 'staff' | 'other' | 'admin' | 'pi') =>
  (await w.notificationsOf(name)).map(({ text }) => text.replace(/^(\w+) at [^:]+: /, '$1: '));

describe('storage that fills', () => {
  it('is an alarm at each instrument, and told to each of the staff and the admins once and at each step', async () => {
    await keep(7.9 * TB, 40);
    expect(await standingAt(w.instrument.id)).toEqual([]);
    await keep(8 * TB, 60);
    for (const instrumentId of [w.instrument.id, second])
      expect(await standingAt(instrumentId)).toMatchObject([{ level: 'warn', text: AT_80 }]);
    for (const name of ['staff', 'other', 'admin'] as const)
      expect(await toldTo(name)).toEqual([`Warning: ${AT_80}`]);
    expect(await toldTo('pi')).toEqual([]);
    expect((await w.notificationsOf('admin'))[0]!.link).toBe('/admin/licences');
    const cockpit = createCockpitService({ db: database.db, members: w.members });
    const { alarms } = await cockpit.view(w.by('other'), { slug: w.instrument.slug });
    expect(alarms[0]!.sentence).toBe(`${AT_80.slice(0, -1)}: 8 TB of 10 TB.`);

    await keep(9.5 * TB, 60);
    await keep(10 * TB, 60);
    for (const name of ['staff', 'admin'] as const) {
      expect(await toldTo(name)).toEqual([
        `Warning: ${AT_80}`,
        `Warning: ${AT_80.replace('80', '90')}`,
        `Alarm: ${AT_80.replace('80', '100')}`,
      ]);
    }
  });

  it('is over by itself when there is room again; what comes back within minutes tells nobody twice', async () => {
    await keep(8.5 * TB, 60);
    await keep(7 * TB, 60);
    await keep(8.5 * TB, 60);
    await keep(9 * TB, 60);
    await keep(8.5 * TB, 60);
    expect(await toldTo('other')).toHaveLength(2);
    await keep(7 * TB, 400);
    for (const instrumentId of [w.instrument.id, second]) expect(await standingAt(instrumentId)).toEqual([]);
    expect(await toldTo('other')).toHaveLength(2);
  });

  it('is escalated by mail to staff and admins, once to each, when nobody acknowledges it', async () => {
    for (const instrumentId of [w.instrument.id, second])
      await w.alarms.setEscalation(w.by('staff'), { instrumentId, minutes: 3 });
    await keep(9 * TB, 600);
    for (const name of ['staff', 'other', 'admin'] as const) {
      const mails = await mailsTo(database.db, w.people[name]);
      expect(mails.map(({ subject }) => subject)).toEqual([
        expect.stringMatching(
          /^Not acknowledged: Warning at .*: Hot storage of the facility has reached 90 %/,
        ),
      ]);
    }
  });

  it('is shown to admins, who have no cockpit, and acknowledged by them for every instrument; other alarms are not', async () => {
    const facilityId = w.facility.id;
    await w.alarms.setEscalation(w.by('staff'), { instrumentId: second, minutes: 3 });
    await keep(9 * TB, 600);
    const [mail] = await mailsTo(database.db, w.people.admin);
    expect(mail!.text).toMatch(/acknowledges it on the page Licences/);
    expect(mail!.text).not.toMatch(/cockpit/);
    const [shown, ...more] = await w.alarms.ofFacility(w.by('admin'), { facilityId });
    expect(more).toEqual([]);
    expect(shown).toMatchObject({
      code: 'storage-fills',
      text: AT_80.replace('80', '90'),
      acknowledged: null,
    });
    const asked = { alarmId: shown!.alarmId, note: 'More is licensed' };
    await w.alarms.acknowledge(w.by('admin'), asked);
    for (const instrumentId of [w.instrument.id, second])
      expect((await standingAt(instrumentId))[0]!.acknowledged).toMatchObject({ note: asked.note });
    const after = await w.alarms.ofFacility(w.by('admin'), { facilityId });
    expect(after).toMatchObject([{ acknowledged: { by: expect.stringMatching(/^admin/) } }]);

    await w.pass(120);
    const silent = (await standingAt(w.instrument.id)).find(({ code }) => code === 'agent-silent');
    const other = { alarmId: silent!.alarmId, note: '' };
    expect(await codeOf(w.alarms.acknowledge(w.by('admin'), other))).toBe('NOT_ALLOWED');
    expect(await codeOf(w.alarms.ofFacility(w.by('other'), { facilityId }))).toBe('NOT_FOUND');
  });

  it('is acknowledged at all instruments by one; of two at once the first counts', async () => {
    await keep(9 * TB, 60);
    const [[here], [there]] = [await standingAt(w.instrument.id), await standingAt(second)];
    const outcomes = await Promise.allSettled([
      w.alarms.acknowledge(w.by('other'), { alarmId: here!.alarmId, note: 'Asked for more' }),
      w.alarms.acknowledge(w.by('staff'), { alarmId: there!.alarmId, note: '' }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'ALREADY_DONE' },
    });
    const by = [await standingAt(w.instrument.id), await standingAt(second)].map(
      ([alarm]) => alarm!.acknowledged!.by,
    );
    expect(by[0]).toBe(by[1]);
    await keep(9 * TB, 1200);
    for (const name of ['staff', 'other', 'admin'] as const)
      expect(await mailsTo(database.db, w.people[name])).toEqual([]);
  });

  it('is posted once to an address that both instruments have, from its beginning to its end', async () => {
    const add = (instrumentId: string, url: string) =>
      w.alarms.addWebhook(w.by('staff'), { instrumentId, url });
    const shared = [
      await add(w.instrument.id, 'https://chat.example.org/hook'),
      await add(second, 'https://chat.example.org/hook'),
    ];
    const alone = [await add(second, 'https://chat.example.org/other')];
    for (const instrumentId of [w.instrument.id, second])
      await w.alarms.setEscalation(w.by('staff'), { instrumentId, minutes: 3 });
    const postedTo = async (hooks: { webhookId: string }[]) => {
      const rows = await database.db
        .select()
        .from(webhookDelivery)
        .where(
          inArray(
            webhookDelivery.webhookId,
            hooks.map(({ webhookId }) => webhookId),
          ),
        )
        .orderBy(webhookDelivery.id);
      return rows.map(({ event }) => event.replace('alarm.', ''));
    };
    await keep(8 * TB, 300);
    const [here] = await standingAt(w.instrument.id);
    await w.alarms.acknowledge(w.by('other'), { alarmId: here!.alarmId, note: '' });
    await keep(7 * TB, 400);
    const once = ['raised', 'escalated', 'acknowledged', 'cleared'];
    expect(await postedTo(shared)).toEqual(once);
    expect(await postedTo(alone)).toEqual(once);
    // What fills again later, and what comes to a further step, is news.
    await keep(8 * TB, 60);
    await keep(9 * TB, 60);
    for (const hooks of [shared, alone]) expect(await postedTo(hooks)).toEqual([...once, 'raised', 'raised']);
  });
});
