import { AppError } from '../../../shared/errors/app-error.ts';
import { cpuHours } from '../../../shared/model/accounting.ts';
import {
  chooseSponsor,
  type Sponsor,
  type SponsorQuestion,
  sponsorsFor,
} from '../../../shared/model/sponsor.ts';
import { dateParts } from '../../../shared/model/zoned-date.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { refusalOf, usableCpuMs } from './ledger.ts';
import {
  type Candidate,
  findCandidates,
  hasGrants,
  lockCandidates,
  type PaidPlace,
  placeOfInstrument,
  standingRules,
} from './sponsor.repository.ts';

/** A run as those who pay look at it. */
export interface RunToPay {
  instrumentId: string;
  experimentId: string;
  templateSlug: string;
  /** Who starts it; null = a trigger. */
  personId: string | null;
  /** What is to be set aside. */
  cpuMs: number;
}

/** How a run is paid. */
export interface Payment {
  /** Null: there is no licence at all that could be asked (only on grace). */
  licenceId: string | null;
  ruleId: string | null;
  reservedCpuMs: number;
  /** It runs on grace. */
  overAllowance: boolean;
}

async function requirePlace(q: Queryable, instrumentId: string): Promise<PaidPlace> {
  const place = await placeOfInstrument(q, instrumentId);
  if (!place) throw new AppError('NOT_FOUND', 'There is no such instrument.');
  return place;
}

async function questionOf(
  q: Queryable,
  run: RunToPay,
  candidates: readonly Candidate[],
  now: Date,
): Promise<SponsorQuestion> {
  const rules = await standingRules(
    q,
    candidates.map(({ licence }) => licence.id),
  );
  return {
    ...{
      now,
      instrumentId: run.instrumentId,
      experimentId: run.experimentId,
      templateSlug: run.templateSlug,
    },
    neededCpuMs: run.cpuMs,
    licences: candidates.map(({ licence, isOwn }) => {
      const { id: licenceId, name, ownerKind, validFrom, validUntil } = licence;
      return { licenceId, name, ownerKind, validFrom, validUntil, leftCpuMs: usableCpuMs(licence), isOwn };
    }),
    rules: rules.map(({ mostCpuMs, usedCpuMs, ...rule }) => ({
      ...rule,
      leftCpuMs: mostCpuMs === null ? null : Math.max(0, mostCpuMs - usedCpuMs),
    })),
  };
}

/** Why nobody pays, for a person: what is missing, and until when it would have been there. */
async function refusal(
  q: Queryable,
  input: {
    run: RunToPay;
    nearest: Sponsor | null;
    candidates: readonly Candidate[];
    place: PaidPlace;
    now: Date;
    wanted: boolean;
  },
): Promise<AppError> {
  const { run, nearest, candidates, place, now, wanted } = input;
  if (!nearest) {
    const message = wanted
      ? 'This licence does not pay for such a run; choose another, or leave the choice out.'
      : `No licence of ${place.facilityName} pays for this; ask an admin of the facility for one.`;
    return new AppError('NOT_COVERED', message);
  }
  const { name, licenceId } = nearest.licence;
  const row = candidates.find(({ licence }) => licence.id === licenceId)!.licence;
  const byLicence = await refusalOf(q, row, run.cpuMs, now);
  if (byLicence) return byLicence;
  const details = {
    licenceId,
    neededCpuMs: run.cpuMs,
    leftCpuMs: nearest.leftCpuMs,
    validUntil: nearest.until,
  };
  if (nearest.lack === 'rule-ended') {
    const day = dateParts(new Date(nearest.until.getTime() - 1), place.timeZone).date;
    const message = `The licence “${name}” paid for this until ${day} (${place.timeZone}); choose another, or ask a facility admin.`;
    return new AppError('NOT_COVERED', { message, details });
  }
  const message = `This needs ${cpuHours(run.cpuMs)}; of what the licence “${name}” pays for such runs ${cpuHours(nearest.leftCpuMs)} are left: ${cpuHours(run.cpuMs - nearest.leftCpuMs)} are missing. Choose a smaller profile or another licence, or ask a facility admin.`;
  return new AppError('NOT_COVERED', { message, details });
}

/** Whether the facility charges for runs: from the day on which CPU hours were first given to a licence of it. */
export const chargesRuns = (q: Queryable, facilityId: string): Promise<boolean> => hasGrants(q, facilityId);

/** Who could pay for a run, and who would; nothing is held. `charges` false: nobody pays at this facility. */
export async function offerSponsors(
  q: Queryable,
  ctx: ServiceContext,
  run: RunToPay,
  wantedLicenceId: string | null,
): Promise<{
  charges: boolean;
  sponsors: Sponsor[];
  chosen: Sponsor | null;
  refused: AppError | null;
  /** Of the facility: its days end there. */
  timeZone: string;
}> {
  const place = await requirePlace(q, run.instrumentId);
  const { timeZone } = place;
  if (!(await chargesRuns(q, place.facilityId))) {
    return { charges: false, sponsors: [], chosen: null, refused: null, timeZone };
  }
  const candidates = await findCandidates(q, { ...run, facilityId: place.facilityId });
  const now = ctx.now();
  const question = await questionOf(q, run, candidates, now);
  const { sponsor, lack } = chooseSponsor(question, wantedLicenceId);
  const wanted = wantedLicenceId !== null;
  const refused = lack && (await refusal(q, { run, nearest: sponsor, candidates, place, now, wanted }));
  return { charges: true, sponsors: sponsorsFor(question), chosen: lack ? null : sponsor, refused, timeZone };
}

/**
 * Decides who pays for a run and holds the licences it was decided by until the transaction ends, so that `reserve` finds them as they were. Null
 * where the facility charges nobody. Throws NOT_COVERED with what is missing; with `grace` it never does: the run is let in with as much as
 * is left, none of a licence that is not valid, and marked `overAllowance`.
 */
export async function choosePayment(
  tx: Transaction,
  ctx: ServiceContext,
  run: RunToPay,
  how: { wantedLicenceId: string | null; grace: boolean },
): Promise<Payment | null> {
  const place = await requirePlace(tx, run.instrumentId);
  if (!(await chargesRuns(tx, place.facilityId))) return null;
  const candidates = await lockCandidates(tx, { ...run, facilityId: place.facilityId });
  // The clock is read behind the lock: who waited past the end of a licence is not paid by it.
  const now = ctx.now();
  const question = await questionOf(tx, run, candidates, now);
  const { sponsor, lack } = chooseSponsor(question, how.wantedLicenceId);
  if (!lack) {
    const { licence, rule } = sponsor;
    const { cpuMs: reservedCpuMs } = run;
    return {
      licenceId: licence.licenceId,
      ruleId: rule?.ruleId ?? null,
      reservedCpuMs,
      overAllowance: false,
    };
  }
  if (!how.grace) {
    const wanted = how.wantedLicenceId !== null;
    throw await refusal(tx, { run, nearest: sponsor, candidates, place, now, wanted });
  }
  const pays = sponsor?.lack === 'hours' || sponsor?.lack === 'rule-hours';
  return {
    licenceId: sponsor?.licence.licenceId ?? null,
    ruleId: sponsor?.rule?.ruleId ?? null,
    reservedCpuMs: pays ? sponsor.leftCpuMs : 0,
    overAllowance: true,
  };
}
