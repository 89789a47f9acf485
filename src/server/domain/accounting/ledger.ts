import { AppError } from '../../../shared/errors/app-error.ts';
import { cpuHours, runCostMs } from '../../../shared/model/accounting.ts';
import { dateParts } from '../../../shared/model/zoned-date.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import {
  addEntries,
  entriesOfRun,
  type LicenceRow,
  lockLicence,
  type Run,
  zoneOfFacility,
} from './ledger.repository.ts';

export type { Run } from './ledger.repository.ts';

/** What a run may count on, and what becomes of it. CPU times in milliseconds. */
export interface Reservation {
  licenceId: string;
  reservedCpuMs: number;
}
export interface Settlement {
  chargedCpuMs: number;
  /** Used beyond the reservation and all that was left of the licence; nobody is charged for it. */
  unchargedCpuMs: number;
}

export const usableCpuMs = (row: LicenceRow): number =>
  row.grantedCpuMs - row.reservedCpuMs - row.settledCpuMs;

/** Why a licence does not cover so much now; null when it does. */
export async function refusalOf(
  q: Queryable,
  row: LicenceRow,
  cpuMs: number,
  now: Date,
): Promise<AppError | null> {
  const left = usableCpuMs(row);
  const valid = row.validFrom <= now && now < row.validUntil;
  if (valid && left >= cpuMs) return null;
  const zone = await zoneOfFacility(q, row.facilityId);
  const day = (at: Date) => `${dateParts(at, zone).date} (${zone})`;
  const lastInstant = new Date(row.validUntil.getTime() - 1);
  const details = { licenceId: row.id, neededCpuMs: cpuMs, leftCpuMs: left, validUntil: row.validUntil };
  if (!valid) {
    const when =
      now < row.validFrom ? `is not valid before ${day(row.validFrom)}` : `ended on ${day(lastInstant)}`;
    const message = `The licence “${row.name}” ${when}; choose another, or ask a facility admin to extend it.`;
    return new AppError('NOT_COVERED', { message, details });
  }
  const held = row.reservedCpuMs > 0 ? `, ${cpuHours(row.reservedCpuMs)} set aside for runs under way,` : '';
  const message = `This needs ${cpuHours(cpuMs)}; the licence “${row.name}” has ${cpuHours(left)} left of ${cpuHours(row.grantedCpuMs)}${held} until ${day(lastInstant)}: ${cpuHours(cpuMs - left)} are missing. Choose a smaller profile, a shorter time or another licence, or ask a facility admin for more.`;
  return new AppError('NOT_COVERED', { message, details });
}

/** The licence of a reserved run, held, with what the ledger says of the run now; null for a run that was never reserved. */
async function holdRun(tx: Transaction, run: Run) {
  const { reserve } = await entriesOfRun(tx, run);
  if (!reserve) return null;
  const licence = (await lockLicence(tx, reserve.licenceId))!;
  // Looked at again behind the lock: whoever held it before may have ended the run.
  return { licence, reserve, entries: await entriesOfRun(tx, run) };
}

/**
 * Sets CPU time aside before a run may start; throws NOT_COVERED, with what is missing and until when the licence is valid, and nothing has
 * happened. Asked again for the same run it answers with what is set aside already. In the transaction that makes the run. With `grace` the
 * validity is not asked for: what is set aside has to be there all the same.
 */
export async function reserve(
  tx: Transaction,
  ctx: ServiceContext,
  input: {
    licenceId: string;
    run: Run;
    cpuMs: number;
    personId: string | null;
    experimentId: string | null;
    grace?: boolean;
  },
): Promise<Reservation> {
  const licence = await lockLicence(tx, input.licenceId);
  if (!licence) throw new AppError('NOT_FOUND', 'There is no such licence.');
  const known = (await entriesOfRun(tx, input.run)).reserve;
  if (known && known.licenceId !== licence.id) {
    throw new AppError('CONFLICT', 'This run is paid by another licence already.');
  }
  if (known) return { licenceId: licence.id, reservedCpuMs: -known.cpuMs };
  // The clock is read behind the lock: who waited past the end of the licence is refused.
  const now = ctx.now();
  const refused = await refusalOf(tx, licence, input.cpuMs, now);
  if (refused && !(input.grace && usableCpuMs(licence) >= input.cpuMs)) throw refused;
  const { run, personId, experimentId } = input;
  await addEntries(tx, {
    ...{ id: ctx.newId(), licenceId: licence.id, kind: 'reserve', cpuMs: -input.cpuMs, at: now },
    ...{ runKind: run.kind, runId: run.id, personId, experimentId },
  });
  return { licenceId: licence.id, reservedCpuMs: input.cpuMs };
}

/**
 * Charges what a run used: `runCostMs` of its price and wall time. What it used beyond its reservation comes from what is left of the
 * licence, also behind its end; what even that does not cover is noted and charged to nobody, so that no licence falls below zero. Null, and
 * nothing happens, for a run that was never reserved or was released; one settled before is answered with that. `atMostReserved`: a run on
 * grace, which takes nothing beyond its reservation.
 */
export async function settle(
  tx: Transaction,
  ctx: ServiceContext,
  input: { run: Run; wallMs: number; priceMilli: number; atMostReserved?: boolean },
): Promise<Settlement | null> {
  const held = await holdRun(tx, input.run);
  if (!held) return null;
  const { licence, reserve: set, entries } = held;
  if (entries.settle) {
    return { chargedCpuMs: -entries.settle.cpuMs, unchargedCpuMs: entries.settle.unchargedCpuMs };
  }
  if (entries.release) return null;
  const wallMs = Math.max(0, Math.round(input.wallMs));
  const cost = runCostMs(input.priceMilli, wallMs);
  const beyond = input.atMostReserved ? 0 : usableCpuMs(licence);
  const chargedCpuMs = Math.min(cost, beyond - set.cpuMs);
  const unchargedCpuMs = cost - chargedCpuMs;
  const { personId, experimentId } = set;
  const both = { licenceId: licence.id, runKind: input.run.kind, runId: input.run.id, at: ctx.now() };
  await addEntries(
    tx,
    { ...both, id: ctx.newId(), kind: 'release', cpuMs: -set.cpuMs, personId, experimentId },
    {
      ...{ ...both, id: ctx.newId(), kind: 'settle', cpuMs: -chargedCpuMs, personId, experimentId },
      ...{ wallMs, priceMilli: input.priceMilli, unchargedCpuMs },
    },
  );
  return { chargedCpuMs, unchargedCpuMs };
}

/** Gives a reservation back whose run never used it. False when there is none, or the run has ended for the ledger. */
export async function release(
  tx: Transaction,
  ctx: ServiceContext,
  input: { run: Run; reason?: string },
): Promise<boolean> {
  const held = await holdRun(tx, input.run);
  if (!held || held.entries.release) return false;
  const { licence, reserve: set } = held;
  const { personId, experimentId } = set;
  await addEntries(tx, {
    ...{ id: ctx.newId(), licenceId: licence.id, kind: 'release', cpuMs: -set.cpuMs, at: ctx.now() },
    ...{ runKind: input.run.kind, runId: input.run.id, personId, experimentId, reason: input.reason ?? '' },
  });
  return true;
}

/**
 * The platform failed, so the run costs nothing: gives back its charge, or its reservation when it was not charged yet (and then it never
 * will be). False when there was nothing to give back.
 */
export async function refund(
  tx: Transaction,
  ctx: ServiceContext,
  input: { run: Run; reason: string },
): Promise<boolean> {
  const held = await holdRun(tx, input.run);
  if (!held) return false;
  const { licence, entries } = held;
  if (!entries.settle) return release(tx, ctx, input);
  if (entries.refund) return false;
  const { personId, experimentId, cpuMs } = entries.settle;
  await addEntries(tx, {
    ...{ id: ctx.newId(), licenceId: licence.id, kind: 'refund', cpuMs: -cpuMs, at: ctx.now() },
    ...{ runKind: input.run.kind, runId: input.run.id, personId, experimentId, reason: input.reason },
  });
  return true;
}
