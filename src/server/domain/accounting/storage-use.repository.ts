import { and, eq, gt, lte, sql } from 'drizzle-orm';
import type { Queryable } from '../../db/client.ts';
import {
  experiment,
  facility,
  facilityAdmin,
  instrument,
  instrumentStaff,
  licence,
  person,
  storageChange,
  storageUse as storageTotal,
} from '../../db/schema/index.ts';
import type { StorageUse } from './accounting.types.ts';

/** Bytes that a facility keeps, former versions of rewritten files too. In one statement, so that a change being folded counts once. */
async function hotBytesOf(q: Queryable, facilityId: string): Promise<number> {
  const { rows } = await q.execute<{ hot: string }>(sql`
    select coalesce(sum(bytes), 0) as hot from (
      select ${storageTotal.instrumentId} as instrument_id, ${storageTotal.hotBytes} as bytes from ${storageTotal}
      union all
      select ${storageChange.instrumentId}, ${storageChange.bytes} from ${storageChange}
    ) kept where kept.instrument_id in (select ${instrument.id} from ${instrument} where ${instrument.facilityId} = ${facilityId})`);
  return Number(rows[0]?.hot ?? 0);
}

/** What the licences that a facility itself owns and that are valid at `at` allow together; null where none says an amount. */
async function storageQuotas(q: Queryable, facilityId: string, at: Date) {
  const [row] = await q
    .select({
      hot: sql<number>`coalesce(sum(${licence.hotBytes}), 0)`.mapWith(Number),
      archive: sql<number>`coalesce(sum(${licence.archiveBytes}), 0)`.mapWith(Number),
    })
    .from(licence)
    .where(
      and(
        eq(licence.facilityId, facilityId),
        eq(licence.ownerKind, 'facility'),
        lte(licence.validFrom, at),
        gt(licence.validUntil, at),
      ),
    );
  return { hotQuotaBytes: row?.hot || null, archiveQuotaBytes: row?.archive || null };
}

/** What a facility keeps, and what it may by its licences valid at `at`. */
export async function storageUse(q: Queryable, facilityId: string, at: Date): Promise<StorageUse> {
  const [hotBytes, quotas] = await Promise.all([hotBytesOf(q, facilityId), storageQuotas(q, facilityId, at)]);
  return { hotBytes, ...quotas };
}

/** What the facility of an instrument keeps by the totals of its instruments alone, which are summed up every minute, and what it may. */
export async function storageTotals(
  q: Queryable,
  instrumentId: string,
  at: Date,
): Promise<Pick<StorageUse, 'hotBytes' | 'hotQuotaBytes'>> {
  const { rows } = await q.execute<{ hot: string; quota: string }>(sql`
    select
      (select coalesce(sum(${storageTotal.hotBytes}), 0) from ${storageTotal}
        join ${instrument} other on other.id = ${storageTotal.instrumentId} and other.facility_id = place.facility_id) as hot,
      (select coalesce(sum(${licence.hotBytes}), 0) from ${licence}
        where ${licence.facilityId} = place.facility_id and ${licence.ownerKind} = 'facility'
          and ${licence.validFrom} <= ${at} and ${licence.validUntil} > ${at}) as quota
    from ${instrument} place where place.id = ${instrumentId}`);
  return { hotBytes: Number(rows[0]?.hot ?? 0), hotQuotaBytes: Number(rows[0]?.quota ?? 0) || null };
}

/** Adds what has changed to the totals of the instruments. Returns how many changes there were. */
export async function foldStorageChanges(q: Queryable): Promise<number> {
  const { rows } = await q.execute<{ folded: number }>(sql`
    with gone as (delete from storage_change returning instrument_id, bytes),
    folded as (
      insert into storage_use (instrument_id, hot_bytes)
      select instrument_id, sum(bytes) from gone group by instrument_id
      on conflict (instrument_id) do update set hot_bytes = storage_use.hot_bytes + excluded.hot_bytes
      returning instrument_id)
    select count(*)::int as folded from gone`);
  return rows[0]?.folded ?? 0;
}

export async function facilityOfExperiment(q: Queryable, experimentId: string): Promise<string | null> {
  const [row] = await q
    .select({ facilityId: experiment.facilityId })
    .from(experiment)
    .where(eq(experiment.id, experimentId));
  return row?.facilityId ?? null;
}

export async function facilityNames(q: Queryable) {
  return q.select({ id: facility.id, name: facility.name }).from(facility);
}

/** Admins of a facility and staff of its instruments with a proved address, each once. */
export async function keepersOf(q: Queryable, facilityId: string) {
  const { rows } = await q.execute<{ id: string; name: string; email: string }>(sql`
    select ${person.id}, ${person.name}, ${person.email} from ${person}
    where ${person.emailVerifiedAt} is not null and ${person.disabledAt} is null and (
      exists (select 1 from ${facilityAdmin} where ${facilityAdmin.personId} = ${person.id} and ${facilityAdmin.facilityId} = ${facilityId})
      or exists (select 1 from ${instrumentStaff} join ${instrument} on ${instrument.id} = ${instrumentStaff.instrumentId}
        where ${instrumentStaff.personId} = ${person.id} and ${instrument.facilityId} = ${facilityId}))
    order by ${person.id}`);
  return rows;
}
