import { and, asc, desc, eq, gte, inArray, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import { FACILITY_ALARMS } from '../../../shared/model/alarm.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { alarm, alarmSetting, facility, instrument, person } from '../../db/schema/index.ts';

export type AlarmRow = typeof alarm.$inferSelect;

/** An instrument as far as its alarms need it. */
export interface AlarmPlace {
  id: string;
  facilityId: string;
  slug: string;
  name: string;
  promiseMs: number;
  escalateAfterMinutes: number;
  timeZone: string;
}

/** Where staff set nothing. */
const ESCALATE_AFTER_MINUTES = 10;

const PLACE = {
  id: instrument.id,
  facilityId: instrument.facilityId,
  slug: instrument.slug,
  name: instrument.name,
  promiseMs: instrument.promiseMs,
  escalateAfterMinutes:
    sql<number>`coalesce(${alarmSetting.escalateAfterMinutes}, ${ESCALATE_AFTER_MINUTES})`.mapWith(Number),
  timeZone: facility.timeZone,
};

export async function findPlace(q: Queryable, instrumentId: string): Promise<AlarmPlace | null> {
  const [row] = await q
    .select(PLACE)
    .from(instrument)
    .innerJoin(facility, eq(facility.id, instrument.facilityId))
    .leftJoin(alarmSetting, eq(alarmSetting.instrumentId, instrument.id))
    .where(eq(instrument.id, instrumentId));
  return row ?? null;
}

export async function instrumentIds(q: Queryable): Promise<string[]> {
  const rows = await q.select({ id: instrument.id }).from(instrument).orderBy(asc(instrument.id));
  return rows.map(({ id }) => id);
}

export async function setEscalation(tx: Transaction, instrumentId: string, minutes: number): Promise<void> {
  const set = { escalateAfterMinutes: minutes };
  await tx
    .insert(alarmSetting)
    .values({ instrumentId, ...set })
    .onConflictDoUpdate({ target: alarmSetting.instrumentId, set });
}

/** The alarms of an instrument for this transaction alone; false while another looks at them. */
export async function lockAlarms(tx: Transaction, instrumentId: string): Promise<boolean> {
  const { rows } = await tx.execute<{ locked: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtextextended(${`alarms ${instrumentId}`}, 0)) as locked`,
  );
  return rows[0]!.locked;
}

export async function standingAlarms(q: Queryable, instrumentId: string): Promise<AlarmRow[]> {
  return q
    .select()
    .from(alarm)
    .where(and(eq(alarm.instrumentId, instrumentId), isNull(alarm.clearedAt)))
    .orderBy(asc(alarm.raisedAt), asc(alarm.id));
}

/** Those that stand, and those that were over since then, the newest first, with who acknowledged them. */
export async function alarmsSince(q: Queryable, instrumentId: string, since: Date, limit: number) {
  const named = () =>
    q
      .select({ alarm, acknowledgedByName: person.name })
      .from(alarm)
      .leftJoin(person, eq(person.id, alarm.acknowledgedBy));
  const standing = await named()
    .where(and(eq(alarm.instrumentId, instrumentId), isNull(alarm.clearedAt)))
    .orderBy(asc(alarm.raisedAt), asc(alarm.id));
  const ended = await named()
    .where(and(eq(alarm.instrumentId, instrumentId), gte(alarm.clearedAt, since)))
    .orderBy(desc(alarm.clearedAt), desc(alarm.id))
    .limit(limit);
  return { standing, ended };
}
export type NamedAlarm = Awaited<ReturnType<typeof alarmsSince>>['standing'][number];

export async function findAlarm(q: Queryable, alarmId: string): Promise<AlarmRow | null> {
  const [row] = await q.select().from(alarm).where(eq(alarm.id, alarmId));
  return row ?? null;
}

export async function insertAlarm(tx: Transaction, row: typeof alarm.$inferInsert): Promise<AlarmRow> {
  const [made] = await tx.insert(alarm).values(row).returning();
  return made!;
}

export async function markSeen(tx: Transaction, ids: readonly string[], at: Date): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(alarm)
    .set({ lastSeenAt: at })
    .where(inArray(alarm.id, [...ids]));
}

/** False when it was over already. */
export async function clearAlarm(tx: Transaction, id: string, at: Date): Promise<boolean> {
  const { rowCount } = await tx
    .update(alarm)
    .set({ clearedAt: at })
    .where(and(eq(alarm.id, id), isNull(alarm.clearedAt)));
  return rowCount === 1;
}

/** The alarm as it is then; null when people were told of that already, or somebody has acknowledged it meanwhile. */
export async function markTold(
  tx: Transaction,
  id: string,
  stage: 'raised' | 'escalated',
  at: Date,
): Promise<AlarmRow | null> {
  const [row] = await tx
    .update(alarm)
    .set(stage === 'raised' ? { toldAt: at } : { escalatedAt: at })
    .where(
      and(
        eq(alarm.id, id),
        isNull(stage === 'raised' ? alarm.toldAt : alarm.escalatedAt),
        isNull(alarm.acknowledgedAt),
        isNull(alarm.clearedAt),
      ),
    )
    .returning();
  return row ?? null;
}

/** Null when it is over, or somebody has acknowledged it. */
export async function setAcknowledged(
  tx: Transaction,
  id: string,
  set: { acknowledgedAt: Date; acknowledgedBy: string; note: string | null },
): Promise<AlarmRow | null> {
  const [row] = await tx
    .update(alarm)
    .set(set)
    .where(and(eq(alarm.id, id), isNull(alarm.clearedAt), isNull(alarm.acknowledgedAt)))
    .returning();
  return row ?? null;
}

const atFacility = (facilityId: string, ...codes: AlarmRow['code'][]) =>
  and(
    inArray(alarm.code, codes),
    isNull(alarm.clearedAt),
    sql`${alarm.instrumentId} in (select ${instrument.id} from ${instrument} where ${instrument.facilityId} = ${facilityId})`,
  );

/** The alarms of the whole facility that stand, of each code one of those at its instruments: what nobody takes care of first, then the furthest step. */
export async function standingOfFacility(q: Queryable, facilityId: string): Promise<NamedAlarm[]> {
  return q
    .selectDistinctOn([alarm.code], { alarm, acknowledgedByName: person.name })
    .from(alarm)
    .leftJoin(person, eq(person.id, alarm.acknowledgedBy))
    .where(atFacility(facilityId, ...FACILITY_ALARMS))
    .orderBy(
      asc(alarm.code),
      sql`${alarm.acknowledgedAt} is not null`,
      sql`${alarm.step} desc nulls last`,
      asc(alarm.raisedAt),
      asc(alarm.id),
    );
}

/** Ids of the standing alarms of a code at all instruments of a facility, for this transaction alone. */
export async function lockAtFacility(
  tx: Transaction,
  facilityId: string,
  code: AlarmRow['code'],
): Promise<string[]> {
  const rows = await tx
    .select({ id: alarm.id })
    .from(alarm)
    .where(atFacility(facilityId, code))
    .orderBy(asc(alarm.id))
    .for('update');
  return rows.map(({ id }) => id);
}

/** Which of the standing alarms of this code and step was the first at the facility: by its id all of them are told. */
export async function firstAtFacility(
  q: Queryable,
  facilityId: string,
  { code, step }: Pick<AlarmRow, 'code' | 'step'>,
): Promise<string | null> {
  const [row] = await q
    .select({ id: alarm.id })
    .from(alarm)
    .where(and(atFacility(facilityId, code), sql`${alarm.step} is not distinct from ${step}`))
    .orderBy(asc(alarm.raisedAt), asc(alarm.id))
    .limit(1);
  return row?.id ?? null;
}

export async function personName(q: Queryable, personId: string): Promise<string> {
  const [row] = await q.select({ name: person.name }).from(person).where(eq(person.id, personId));
  return row!.name;
}

export async function removeAlarms(q: Queryable, before: Date): Promise<number> {
  const { rowCount } = await q
    .delete(alarm)
    .where(and(isNotNull(alarm.clearedAt), lt(alarm.clearedAt, before)));
  return rowCount ?? 0;
}
