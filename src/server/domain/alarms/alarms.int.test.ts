import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AlarmWorld, alarmWorld } from '../../../testing/alarm-world.ts';
import { codeOf } from '../../../testing/experiment-world.ts';
import { mailsTo } from '../../../testing/mails.ts';
import { asPerson, testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { alarm, audit, outbox } from '../../db/schema/index.ts';
import { createCockpitService } from '../instruments/cockpit.service.ts';
import { instrumentAlarms } from '../instruments/instrument-alarms.ts';

let database: TestDatabase;
let w: AlarmWorld;
beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  w = await alarmWorld(database);
  await w.beat();
});
afterAll(() => database?.drop());

const inInstrument = () => ({ instrumentId: w.instrument.id });
/** The HUB falls silent, and people are told. */
const fallSilent = () => w.pass(60);
const acknowledge = (who: 'staff' | 'other' | 'admin' | 'pi', alarmId: string, note = '') =>
  w.alarms.acknowledge(w.by(who), { alarmId, note });

describe('an alarm that stands', () => {
  it('is the one of the cockpit, told to all staff in the app, and to who is on call by mail too', async () => {
    await w.alarms.handOver(w.by('staff'), { ...inInstrument(), at: null, personId: w.people.staff });
    await fallSilent();
    const [row] = await w.standing();
    expect(row).toMatchObject({ code: 'agent-silent', level: 'warn', words: 'Nothing is heard of HUB.' });
    const cockpit = createCockpitService({ db: database.db, members: w.members });
    const { alarms } = await cockpit.view(w.by('staff'), { slug: w.instrument.slug });
    const { alarms: kept } = await instrumentAlarms(database.db, w.instrument, w.now());
    expect(kept).toEqual(alarms);
    expect(kept.map(({ code }) => code)).toEqual(['agent-silent']);

    for (const name of ['staff', 'other'] as const) {
      expect(await w.notificationsOf(name)).toMatchObject([
        {
          kind: 'alarm-warn',
          text: 'Warning at MX: Nothing is heard of HUB.',
          link: `/instruments/${w.instrument.slug}`,
        },
      ]);
    }
    const mails = await mailsTo(database.db, w.people.staff);
    expect(mails).toMatchObject([{ kind: 'alarm', subject: 'Warning at MX: Nothing is heard of HUB.' }]);
    expect(mails[0]!.text).toContain('You are on call');
    expect(await mailsTo(database.db, w.people.other)).toEqual([]);
    for (const name of ['admin', 'pi', 'outsider'] as const)
      expect(await w.notificationsOf(name)).toEqual([]);
  });

  it('is told once, however long it stands, however often it flaps and however many look at the same time', async () => {
    await w.alarms.handOver(w.by('staff'), { ...inInstrument(), at: null, personId: w.people.staff });
    await fallSilent();
    await w.pass(120, () => Promise.all([w.look(), w.look(), w.look()]));
    await w.pass(30, w.beat);
    await fallSilent();
    expect(await w.notificationsOf('staff')).toHaveLength(1);
    expect(await mailsTo(database.db, w.people.staff)).toHaveLength(1);
    expect(await w.standing()).toHaveLength(1);
  });

  it('is escalated by mail to all staff when nobody acknowledges it, once', async () => {
    await w.alarms.setEscalation(w.by('staff'), { ...inInstrument(), minutes: 3 });
    await fallSilent();
    expect(await mailsTo(database.db, w.people.other)).toEqual([]);
    await w.pass(600);
    for (const name of ['staff', 'other'] as const) {
      const mails = await mailsTo(database.db, w.people[name]);
      expect(mails.map(({ subject }) => subject)).toEqual([
        'Not acknowledged: Warning at MX: Nothing is heard of HUB.',
      ]);
      expect((await w.notificationsOf(name)).map(({ kind }) => kind)).toEqual([
        'alarm-warn',
        'alarm-escalated',
      ]);
    }
    const [row] = await w.standing();
    // At the first look after three minutes.
    const waitedMs = row!.escalatedAt!.getTime() - row!.toldAt!.getTime();
    expect(waitedMs >= 180_000 && waitedMs <= 200_000).toBe(true);
    const actions = await database.db.select().from(audit).where(eq(audit.entityId, row!.id));
    expect(actions.map(({ action }) => action)).toEqual(['alarm.raise', 'alarm.tell', 'alarm.escalate']);
  });

  it('is over when it is gone, for staff to see until midnight', async () => {
    await fallSilent();
    await w.pass(60, w.beat);
    const gone = await w.alarms.list(w.by('staff'), inInstrument());
    expect(gone.standing).toMatchObject([{ code: 'agent-silent', isSeen: false }]);
    await w.pass(400, w.beat);
    expect(await w.standing()).toEqual([]);
    const { standing, ended } = await w.alarms.list(w.by('staff'), inInstrument());
    expect(standing).toEqual([]);
    expect(ended).toMatchObject([
      { code: 'agent-silent', text: 'Nothing is heard of HUB.', acknowledged: null },
    ]);
    expect(ended[0]!.clearedAt).toEqual(ended[0]!.lastSeenAt);
    const live = await database.db.select().from(outbox).where(eq(outbox.kind, 'alarm.changed'));
    expect(live.filter(({ topic }) => topic === `instrument:${w.instrument.id}`)).toHaveLength(3);
  });
});

describe('acknowledging', () => {
  it('is by name, with a word for the others, and ends escalation', async () => {
    await fallSilent();
    const [row] = await w.standing();
    await acknowledge('other', row!.id, 'Restarting the HUB');
    await w.pass(1200);
    expect((await w.alarms.list(w.by('staff'), inInstrument())).standing).toMatchObject([
      {
        acknowledged: { by: expect.stringMatching(/^other/), note: 'Restarting the HUB' },
        escalatedAt: null,
      },
    ]);
    expect(await mailsTo(database.db, w.people.staff)).toEqual([]);
  });

  it('of two at once the first counts, and the other is told who it was', async () => {
    await fallSilent();
    const [row] = await w.standing();
    const outcomes = await Promise.all(
      (['staff', 'other'] as const).map((who) =>
        acknowledge(who, row!.id).then(
          () => 'done',
          (error: Error) => error.message,
        ),
      ),
    );
    expect(outcomes).toContain('done');
    expect(outcomes.filter((outcome) => outcome.endsWith('has acknowledged it already.'))).toHaveLength(1);
  });

  it('is for staff alone, and not for what is over', async () => {
    await fallSilent();
    const [row] = await w.standing();
    expect(await codeOf(acknowledge('pi', row!.id))).toBe('NOT_FOUND');
    expect(await codeOf(acknowledge('admin', row!.id))).toBe('NOT_ALLOWED');
    expect(await codeOf(acknowledge('staff', w.instrument.id))).toBe('NOT_FOUND');
    await w.pass(400, w.beat);
    expect(await codeOf(acknowledge('staff', row!.id))).toBe('CONFLICT');
  });
});

describe('who is on call', () => {
  const onCall = async () => (await w.alarms.list(w.by('staff'), inInstrument())).onCall;
  const handOver = (at: Date | null, name: 'staff' | 'other' | 'pi' | null) =>
    w.alarms.handOver(w.by('staff'), { ...inInstrument(), at, personId: name && w.people[name] });
  const inMinutes = (minutes: number) => new Date(w.now().getTime() + minutes * 60_000);

  it('changes at the time of the hand-over', async () => {
    await handOver(null, 'staff');
    const at = inMinutes(2);
    await handOver(at, 'other');
    expect(await onCall()).toMatchObject({
      now: { personId: w.people.staff, isReachable: true },
      next: { at, name: expect.stringMatching(/^other/) },
    });
    await w.pass(120, w.beat);
    expect(await onCall()).toMatchObject({ now: { personId: w.people.other }, next: null });
    await handOver(inMinutes(1), null);
    await w.pass(60, w.beat);
    expect(await onCall()).toEqual({ now: null, next: null });
  });

  it('is told, once, of what stands and nobody has acknowledged when they come on call', async () => {
    const mailsOf = async (name: 'staff' | 'other') =>
      (await mailsTo(database.db, w.people[name])).map(({ subject }) => subject);
    await w.alarms.setEscalation(w.by('staff'), { ...inInstrument(), minutes: 600 });
    await handOver(null, 'staff');
    await handOver(inMinutes(3), 'other');
    await handOver(inMinutes(6), 'staff');
    await fallSilent();
    expect(await mailsOf('other')).toEqual([]);
    await w.pass(150, () => Promise.all([w.look(), w.look()]));
    const subject = 'You are on call at MX: Warning, not acknowledged: Nothing is heard of HUB.';
    expect(await mailsOf('other')).toEqual([subject]);
    expect((await w.notificationsOf('other')).map(({ text }) => text)).toEqual([
      'Warning at MX: Nothing is heard of HUB.',
      'You are on call at MX. Warning that nobody has acknowledged: Nothing is heard of HUB.',
    ]);
    // Back on call, who was told as being on call when it began is not told again.
    await w.pass(240);
    expect(await mailsOf('staff')).toEqual(['Warning at MX: Nothing is heard of HUB.']);
    expect(await w.notificationsOf('staff')).toHaveLength(1);
    expect(await mailsOf('other')).toEqual([subject]);
  });

  it('is not told of what somebody has acknowledged, nor of what was over before they came', async () => {
    await fallSilent();
    const [row] = await w.standing();
    await handOver(inMinutes(1), 'other');
    await acknowledge('staff', row!.id);
    await w.pass(120);
    await handOver(inMinutes(8), 'staff');
    await w.pass(600, w.beat);
    expect(await mailsTo(database.db, w.people.other)).toEqual([]);
    expect(await mailsTo(database.db, w.people.staff)).toEqual([]);
    expect(await w.notificationsOf('other')).toHaveLength(1);
  });

  it('is nobody who is staff no more, and nobody who never was', async () => {
    expect(await codeOf(handOver(null, 'pi'))).toBe('BAD_INPUT');
    await handOver(null, 'other');
    await w.removeStaff('other');
    expect((await onCall()).now).toBeNull();
    await fallSilent();
    expect(await w.notificationsOf('other')).toEqual([]);
    expect(await mailsTo(database.db, w.people.other)).toEqual([]);
  });

  it('cannot be changed for what has been, nor twice at one time', async () => {
    expect(await codeOf(handOver(inMinutes(-30), 'staff'))).toBe('BAD_INPUT');
    await handOver(inMinutes(1), 'staff');
    expect(await codeOf(handOver(inMinutes(1), 'other'))).toBe('CONFLICT');
    await handOver(inMinutes(5), 'other');
    await w.pass(120, w.beat);
    const { handOvers } = await w.alarms.rota(w.by('staff'), inInstrument());
    expect(handOvers.map(({ state }) => state)).toEqual(['now', 'coming']);
    const [past, coming] = handOvers.map(({ handOverId }) => handOverId);
    const remove = (handOverId: string) => w.alarms.removeHandOver(w.by('staff'), { handOverId });
    expect(await codeOf(remove(past!))).toBe('CONFLICT');
    expect(await codeOf(remove(coming!))).toBe('done');
    expect(await codeOf(remove(coming!))).toBe('NOT_FOUND');
  });
});

describe('how people are told', () => {
  const both = { app: true, email: true };
  const choose = async (name: 'staff' | 'other', kind: 'alarm-warn', ways: typeof both, night = false) => {
    const { ways: now } = await w.notifications.preferences(w.by(name));
    const quiet = night ? { fromMinute: 0, untilMinute: 1439 } : null;
    await w.notifications.setPreferences(w.by(name), { ways: { ...now, [kind]: ways }, quiet });
  };

  it('is as they chose, without mails in their quiet hours', async () => {
    await choose('staff', 'alarm-warn', both);
    await choose('other', 'alarm-warn', both, true);
    await fallSilent();
    expect(await mailsTo(database.db, w.people.staff)).toHaveLength(1);
    expect(await mailsTo(database.db, w.people.other)).toEqual([]);
    expect(await w.notificationsOf('other')).toHaveLength(1);
  });

  it('what they were told is theirs, counted until read', async () => {
    await choose('other', 'alarm-warn', { app: false, email: false });
    await fallSilent();
    expect(await w.notifications.unread(w.by('other'))).toEqual({ unread: 0 });
    const { items, unread } = await w.notifications.list(w.by('staff'), {});
    expect(unread).toBe(1);
    const notificationId = items[0]!.notificationId;
    expect(await w.notifications.markRead(w.by('other'), { notificationId, andOlder: true })).toEqual({
      read: 0,
    });
    expect(await w.notifications.markRead(w.by('staff'), { notificationId, andOlder: true })).toEqual({
      read: 1,
    });
    expect(await w.notifications.unread(w.by('staff'))).toEqual({ unread: 0 });
  });
});

it('what is kept of an alarm names no experiment', async () => {
  const { db } = database;
  const made = await w.make('Canary title');
  await w.experiments.activate(testContext(asPerson(w.people.staff)), { experimentId: made.id });
  await w.experiments.setUpload(w.by('pi'), { experimentId: made.id, enabled: false, held: 'send' });
  await fallSilent();
  const rows = await db.select().from(alarm).where(eq(alarm.instrumentId, w.instrument.id));
  const told = await w.notificationsOf('staff');
  const text = JSON.stringify([rows, told, await mailsTo(db, w.people.staff)]);
  expect(rows.map(({ code }) => code)).toContain('experiment-upload-off');
  for (const word of [made.code, 'Canary']) expect(text).not.toContain(word);
});
