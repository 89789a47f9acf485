import { and, asc, eq, isNull } from 'drizzle-orm';
import type { Database } from '../server/db/client.ts';
import { alarm, instrumentStaff, notification, person } from '../server/db/schema/index.ts';
import { createAgentsService } from '../server/domain/agents/agents.service.ts';
import { FacilityKeys } from '../server/domain/agents/facility-keys.ts';
import { createAlarmWatch } from '../server/domain/alarms/alarm-watch.ts';
import { createAlarmsService } from '../server/domain/alarms/alarms.service.ts';
import { createNotificationsService } from '../server/domain/notifications/notifications.service.ts';
import { enrolAgent } from './enrol-agent.ts';
import { experimentWorld } from './experiment-world.ts';
import { heartbeatOf } from './heartbeat.ts';
import { asPerson, testContext } from './test-context.ts';
import { TEST_SECRET } from './test-store.ts';

const WEB_URL = 'https://b.example.org';
const START = Date.parse('2026-11-22T08:00:00Z');

/** An instrument with a HUB that can fall silent, two of its staff with proved addresses, and a clock that a test moves. */
export async function alarmWorld({ db }: { db: Database }) {
  const w = await experimentWorld({ db });
  const system = testContext();
  const agents = createAgentsService({ db, keys: new FacilityKeys(TEST_SECRET), webUrl: WEB_URL });
  const alarms = createAlarmsService({ db, secret: TEST_SECRET, webUrl: WEB_URL, demo: true });
  const notifications = createNotificationsService({ db });
  const watch = createAlarmWatch({ db, webUrl: WEB_URL });
  const instrumentId = w.instrument.id;
  const { agentId, token } = await enrolAgent(agents, w.as('staff'), { instrumentId, name: 'HUB' });
  const hub = testContext(await agents.authenticate(token));
  await w.instruments.addStaff(system, {
    ...{ facilityId: w.facility.id, instrumentId, personId: w.people.other },
  });
  await db.update(person).set({ emailVerifiedAt: new Date(0) });

  let nowMs = START;
  const at = <C extends ReturnType<typeof testContext>>(ctx: C): C => {
    ctx.at(new Date(nowMs).toISOString());
    return ctx;
  };

  return {
    ...w,
    agentId,
    alarms,
    notifications,
    watch,
    now: () => new Date(nowMs),
    /** Somebody, at the time of the test's clock. */
    by: (name: keyof typeof w.people) => at(testContext(asPerson(w.people[name]))),
    /** The HUB says that it is there. */
    async beat() {
      await agents.heartbeat(at(hub), heartbeatOf({ sentAt: new Date(nowMs).toISOString() }));
    },
    /** Moves the clock on, and looks at the alarms every five seconds meanwhile, over longer times every twenty. */
    async pass(seconds: number, whileLooking: () => Promise<unknown> = async () => undefined) {
      const stepS = seconds > 100 ? 20 : 5;
      for (let s = 0; s < seconds; s += stepS) {
        nowMs += stepS * 1000;
        await whileLooking();
        await watch.look(at(system), { instrumentId });
      }
    },
    look: () => watch.look(at(testContext()), { instrumentId }),
    standing: () =>
      db
        .select()
        .from(alarm)
        .where(and(eq(alarm.instrumentId, instrumentId), isNull(alarm.clearedAt)))
        .orderBy(asc(alarm.id)),
    notificationsOf: (name: keyof typeof w.people) =>
      db
        .select()
        .from(notification)
        .where(eq(notification.personId, w.people[name]))
        .orderBy(asc(notification.id)),
    removeStaff: (name: keyof typeof w.people) =>
      db.delete(instrumentStaff).where(eq(instrumentStaff.personId, w.people[name])),
  };
}

export type AlarmWorld = Awaited<ReturnType<typeof alarmWorld>>;
