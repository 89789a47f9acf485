import { randomUUID } from 'node:crypto';
import { eventually, type FacilityApi } from '#scripts/lib/facility-api.ts';
import { withConnection } from '#src/server/db/connection.ts';
import { heartbeatOf } from '#src/testing/heartbeat.ts';
import type { Installation } from './installation.ts';
import { enrolAgent } from './told-agent.ts';

/** What goes wrong, and what has nothing in it at all. */

const ALARM_WITHIN_MS = 300_000;

/** At an instrument: an agent that was heard once and is silent since, until its alarm stands. */
export async function silentAgent(web: string, staff: FacilityApi, instrumentId: string): Promise<void> {
  const name = 'HUB';
  if ((await staff.agents.list.query({ instrumentId })).length === 0) {
    const { text } = await staff.agents.create.mutate({
      ...{ instrumentId, kind: 'hub', name, folders: ['raw'] },
      expiresAt: new Date(Date.now() + 365 * 24 * 3600 * 1000),
    });
    const agent = await enrolAgent(web, text, 'mx-4-hub');
    const buffer = { usedBytes: 0, maxBytes: 8e9, dir: '/dev/shm' };
    const status = await agent.heartbeat(heartbeatOf({ buffer }));
    if (status !== 200) throw new Error(`heartbeat of ${name}: ${status}`);
  }
  await eventually(`an alarm about ${name}`, ALARM_WITHIN_MS, async () => {
    const { standing } = await staff.alarms.list.query({ instrumentId });
    return standing.length > 0 ? true : null;
  });
}

/** A facility in which nothing was made yet, and its admin, whose password is that of the demo's admin. */
export async function emptyFacility({ database, emailOf }: Installation): Promise<void> {
  await withConnection(database, async (client) => {
    await client.query(
      `insert into facility (id, code, name, time_zone, created_at) values ($1, 'NEW', 'New Facility', 'Europe/Berlin', now())
       on conflict (code) do nothing`,
      [randomUUID()],
    );
    await client.query(
      `insert into person (id, email, name, password_hash, email_verified_at, created_at)
       select $1, $2, 'Nora Newcomer', password_hash, now(), now() from person where lower(email) = lower($3)
         and not exists (select from person where lower(email) = lower($2))`,
      [randomUUID(), emailOf('newcomer'), emailOf('admin')],
    );
    await client.query(
      `insert into facility_admin (facility_id, person_id, created_at)
       select facility.id, person.id, now() from facility, person where facility.code = 'NEW' and lower(person.email) = lower($1)
       on conflict do nothing`,
      [emailOf('newcomer')],
    );
  });
}
