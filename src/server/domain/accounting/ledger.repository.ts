import { and, eq } from 'drizzle-orm';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { LedgerKind, RunKind } from '../../../shared/model/accounting.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { facility, ledgerEntry, licence } from '../../db/schema/index.ts';

export type LicenceRow = typeof licence.$inferSelect;
export type LedgerEntryRow = typeof ledgerEntry.$inferSelect;
export interface Run {
  kind: RunKind;
  id: string;
}

/** Holds the licence until the transaction ends: of many who would spend its last hours each sees what the one before left. */
export async function lockLicence(tx: Transaction, licenceId: string): Promise<LicenceRow | null> {
  const [row] = await tx.select().from(licence).where(eq(licence.id, licenceId)).for('update');
  return row ?? null;
}

/** What the ledger holds of a run, by kind: each at most once. */
export async function entriesOfRun(
  q: Queryable,
  run: Run,
): Promise<Partial<Record<LedgerKind, LedgerEntryRow>>> {
  const rows = await q
    .select()
    .from(ledgerEntry)
    .where(and(eq(ledgerEntry.runKind, run.kind), eq(ledgerEntry.runId, run.id)));
  return Object.fromEntries(rows.map((row) => [row.kind, row]));
}

/**
 * Adds rows in this order; the totals of the licence follow in the same transaction. CONFLICT when the run has one of them already, which can
 * only be on another licence: that of these rows is held.
 */
export async function addEntries(
  tx: Transaction,
  ...rows: readonly (typeof ledgerEntry.$inferInsert)[]
): Promise<void> {
  const added = await tx
    .insert(ledgerEntry)
    .values([...rows])
    .onConflictDoNothing()
    .returning({ id: ledgerEntry.id });
  if (added.length !== rows.length) {
    throw new AppError('CONFLICT', 'This run is paid by another licence already.');
  }
}

export async function zoneOfFacility(q: Queryable, facilityId: string): Promise<string> {
  const [row] = await q
    .select({ timeZone: facility.timeZone })
    .from(facility)
    .where(eq(facility.id, facilityId));
  return row?.timeZone ?? 'UTC';
}
