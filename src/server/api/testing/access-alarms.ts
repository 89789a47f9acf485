import type { Container } from '#src/server/container.ts';
import { alarm } from '#src/server/db/schema/index.ts';
import type { ServiceContext } from '#src/server/domain/context.ts';
import { testContext } from '#src/testing/test-context.ts';

/** What an instrument has of alarms: one that stands, one of the whole facility, a hand-over to come, a webhook. */
export async function alarmThings(container: Container, staff: ServiceContext, instrumentId: string) {
  const { newId, now } = testContext();
  const [alarmId, facilityAlarmId] = [newId(), newId()];
  const seen = { instrumentId, level: 'warn', raisedAt: now(), lastSeenAt: now() } as const;
  await container.db.insert(alarm).values([
    {
      ...{ ...seen, id: alarmId, code: 'disk-low', subject: 'access' },
      ...{ words: 'A disk is nearly full.', todo: 'Free space.' },
    },
    {
      ...{ ...seen, id: facilityAlarmId, code: 'storage-fills', subject: 'access facility', step: 80 },
      ...{ words: 'Hot storage fills.', todo: 'License more.' },
    },
  ]);
  const at = new Date(Date.now() + 24 * 3600 * 1000);
  await container.alarms.handOver(staff, { instrumentId, at, personId: null });
  const { handOvers } = await container.alarms.rota(staff, { instrumentId });
  const { webhookId } = await container.alarms.addWebhook(staff, {
    ...{ instrumentId, url: 'https://chat.example.org/hooks/access' },
  });
  return { alarmId, facilityAlarmId, handOverId: handOvers[0]!.handOverId, webhookId };
}
