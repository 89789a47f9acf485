import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { LEDGER_KINDS, LICENCE_OWNERS, RUN_KINDS } from '../../../shared/model/accounting.ts';
import { id, instant, int64 } from './columns.ts';
import { experiment, instrument } from './experiments.ts';
import { facility, person } from './people.ts';

/** A group that may own licences together. */
export const lab = pgTable(
  'lab',
  {
    id: id(),
    facilityId: uuid('facility_id')
      .notNull()
      .references(() => facility.id),
    name: text('name').notNull(),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [uniqueIndex('lab_name').on(t.facilityId, sql`lower(${t.name})`)],
);

export const labMember = pgTable(
  'lab_member',
  {
    labId: uuid('lab_id')
      .notNull()
      .references(() => lab.id),
    personId: uuid('person_id')
      .notNull()
      .references(() => person.id),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.labId, t.personId] }), index('lab_member_person').on(t.personId)],
);

/** A size that software runs in. Never changed once used, and retired rather than deleted: runs of the past keep their price. */
export const profile = pgTable(
  'profile',
  {
    id: id(),
    facilityId: uuid('facility_id')
      .notNull()
      .references(() => facility.id),
    name: text('name').notNull(),
    cpus: integer('cpus').notNull(),
    memoryBytes: int64('memory_bytes').notNull(),
    /** What a scheduler calls the GPU; null = none. */
    gpu: text('gpu'),
    /** CPU hours per hour, in thousandths; `cpus` × 1000 unless the facility asks for more, say for a GPU. */
    priceMilli: int64('price_milli').notNull(),
    createdAt: instant('created_at').notNull(),
    retiredAt: instant('retired_at'),
  },
  (t) => [
    uniqueIndex('profile_name').on(t.facilityId, sql`lower(${t.name})`).where(sql`${t.retiredAt} is null`),
    check('profile_sizes', sql`${t.cpus} > 0 and ${t.memoryBytes} > 0 and ${t.priceMilli} >= 0`),
  ],
);

/**
 * An allowance of CPU time and storage. (What lets an agent in is an `agent_licence`, another thing.) The three totals follow the ledger by
 * a trigger (`ledger_entry_totals`), and the check `licence_never_below_zero` (both in SQL) refuses an entry that would spend what is not there.
 */
export const licence = pgTable(
  'licence',
  {
    id: id(),
    facilityId: uuid('facility_id')
      .notNull()
      .references(() => facility.id),
    ownerKind: text('owner_kind', { enum: LICENCE_OWNERS }).notNull(),
    labId: uuid('lab_id').references(() => lab.id),
    personId: uuid('person_id').references(() => person.id),
    name: text('name').notNull(),
    validFrom: instant('valid_from').notNull(),
    validUntil: instant('valid_until').notNull(),
    hotBytes: int64('hot_bytes').notNull(),
    archiveBytes: int64('archive_bytes').notNull(),
    /** Days after the end of an experiment in which it may be analysed. Of a facility's licence alone; null = the facility's default. */
    processingWindowDays: integer('processing_window_days'),
    grantedCpuMs: int64('granted_cpu_ms').notNull().default(0),
    reservedCpuMs: int64('reserved_cpu_ms').notNull().default(0),
    settledCpuMs: int64('settled_cpu_ms').notNull().default(0),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    index('licence_facility').on(t.facilityId, t.ownerKind, t.validUntil),
    index('licence_lab').on(t.labId),
    index('licence_person').on(t.personId),
    check('licence_forward', sql`${t.validUntil} > ${t.validFrom}`),
    check(
      'licence_one_owner',
      sql`(${t.ownerKind} = 'lab') = (${t.labId} is not null) and (${t.ownerKind} = 'user') = (${t.personId} is not null)`,
    ),
    check(
      'licence_window',
      sql`${t.processingWindowDays} is null or (${t.ownerKind} = 'facility' and ${t.processingWindowDays} between 0 and 3650)`,
    ),
    check('licence_storage', sql`${t.hotBytes} >= 0 and ${t.archiveBytes} >= 0`),
    check(
      'licence_never_below_zero',
      sql`${t.reservedCpuMs} >= 0 and ${t.settledCpuMs} >= 0 and ${t.grantedCpuMs} - ${t.reservedCpuMs} - ${t.settledCpuMs} >= 0`,
    ),
  ],
);

/**
 * What happened to a licence's CPU time; rows are only ever added (a trigger refuses everything else). The sum of a licence's rows is what
 * may still be spent, and whatever comes twice meets the unique key.
 */
export const ledgerEntry = pgTable(
  'ledger_entry',
  {
    id: id(),
    licenceId: uuid('licence_id')
      .notNull()
      .references(() => licence.id),
    kind: text('kind', { enum: LEDGER_KINDS }).notNull(),
    /** CPU milliseconds by which the usable balance grows; negative where it shrinks. */
    cpuMs: int64('cpu_ms').notNull(),
    runKind: text('run_kind', { enum: RUN_KINDS }),
    runId: uuid('run_id'),
    /** For whom the run was; null for what a trigger started. */
    personId: uuid('person_id').references(() => person.id),
    experimentId: uuid('experiment_id').references(() => experiment.id),
    /** Of a settlement: how long the run took, at which price. */
    wallMs: int64('wall_ms'),
    priceMilli: int64('price_milli'),
    /** Of a settlement: what the run used beyond all that was left, and nobody was charged. */
    unchargedCpuMs: int64('uncharged_cpu_ms').notNull().default(0),
    /** Why: of grants, withdrawals and refunds. */
    reason: text('reason').notNull().default(''),
    at: instant('at').notNull(),
  },
  (t) => [
    uniqueIndex('ledger_entry_once_per_run').on(t.runKind, t.runId, t.kind),
    index('ledger_entry_licence').on(t.licenceId, t.at),
    check(
      'ledger_entry_sign',
      sql`case when ${t.kind} in ('grant', 'release', 'refund') then ${t.cpuMs} >= 0 else ${t.cpuMs} <= 0 end`,
    ),
    check(
      'ledger_entry_run',
      sql`(${t.kind} in ('grant', 'withdraw')) = (${t.runId} is null) and (${t.runId} is null) = (${t.runKind} is null)`,
    ),
  ],
);

/** By which a licence pays for what others start; null = whatever. Never changed: ended, and another made. */
export const sponsorshipRule = pgTable(
  'sponsorship_rule',
  {
    id: id(),
    licenceId: uuid('licence_id')
      .notNull()
      .references(() => licence.id),
    instrumentId: uuid('instrument_id').references(() => instrument.id),
    experimentId: uuid('experiment_id').references(() => experiment.id),
    templateSlug: text('template_slug'),
    /** The first instant at which it pays no more; null = as long as the licence. */
    validUntil: instant('valid_until'),
    /** The most that it pays in all, CPU milliseconds; null = as much as the licence has. */
    mostCpuMs: int64('most_cpu_ms'),
    createdAt: instant('created_at').notNull(),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('sponsorship_rule_licence').on(t.licenceId),
    check('sponsorship_rule_most', sql`${t.mostCpuMs} is null or ${t.mostCpuMs} > 0`),
  ],
);

/**
 * Bytes of files, former versions too, that are kept for an instrument: this row and the sum of its `storage_change`. Triggers on `file` and
 * `file_version` (in SQL) add changes, so that those who store files at once never wait for each other; a worker folds them into the row.
 */
export const storageUse = pgTable('storage_use', {
  instrumentId: uuid('instrument_id')
    .primaryKey()
    .references(() => instrument.id),
  hotBytes: int64('hot_bytes').notNull(),
});

export const storageChange = pgTable('storage_change', {
  instrumentId: uuid('instrument_id').notNull(),
  bytes: int64('bytes').notNull(),
});
