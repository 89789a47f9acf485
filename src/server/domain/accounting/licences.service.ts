import { AppError } from '../../../shared/errors/app-error.ts';
import { cpuHours, type LicenceOwner } from '../../../shared/model/accounting.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database, Queryable, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireFacility, rolesIn } from '../experiments/experiment.policy.ts';
import { requireOwned } from './accounting.policy.ts';
import type {
  Grant,
  LedgerLine,
  LicenceTerms,
  LicenceUse,
  LicenceView,
  NewLicence,
  OwnLicence,
} from './accounting.types.ts';
import { findLab } from './lab.repository.ts';
import { addEntries, lockLicence } from './ledger.repository.ts';
import { usableCpuMs } from './ledger.ts';
import {
  changeTerms,
  findLicence,
  findPersonByEmail,
  hasEntry,
  insertLicence,
  type ListedLicence,
  licencesOfPerson,
  listLicences,
} from './licence.repository.ts';
import { newestEntries, settledByMonth, whoUsed } from './licence-use.repository.ts';

const MOST_PEOPLE_SHOWN = 100;
const NEWEST_ENTRIES = 50;
const ENDED_SHOWN_DAYS = 90;
const DAY_MS = 24 * 3600 * 1000;
const day = (at: Date) => at.toISOString();

function toView(row: ListedLicence, now: Date): LicenceView {
  const { id, ownerKind, facilityId: _facility, labId: _lab, personId: _person, ...facts } = row.licence;
  const name = { facility: row.facilityName, lab: row.labName, user: row.personName }[ownerKind] ?? '';
  return {
    ...facts,
    licenceId: id,
    owner: { kind: ownerKind, name, email: row.personEmail },
    isValid: facts.validFrom <= now && now < facts.validUntil,
  };
}

function assertForward(validFrom: Date, validUntil: Date): void {
  if (validUntil > validFrom) return;
  throw new AppError('BAD_INPUT', {
    message: 'A licence ends after it begins.',
    details: { fields: { validUntil: 'lies before the beginning' } },
  });
}

function assertWindow(kind: LicenceOwner, days: number | null): void {
  if (days === null || kind === 'facility') return;
  throw new AppError('BAD_INPUT', 'Only a licence of the facility itself says a processing window.');
}

/** Licences as admins of their facility make, extend and read them. Spending is `ledger.ts`. */
export function createLicencesService({ db }: { db: Database }) {
  const requireLicence = async (q: Queryable, ctx: ServiceContext, licenceId: string) =>
    requireOwned(q, ctx, 'licence', await findLicence(q, licenceId), (row) => row.licence.facilityId);

  async function ownerIds(tx: Transaction, facilityId: string, owner: NewLicence['owner']) {
    if (owner.kind === 'facility') return { labId: null, personId: null };
    if (owner.kind === 'lab') {
      const found = await findLab(tx, owner.labId);
      if (found?.facilityId !== facilityId)
        throw new AppError('NOT_FOUND', 'There is no such lab at this facility.');
      return { labId: found.id, personId: null };
    }
    const found = await findPersonByEmail(tx, owner.email);
    if (!found) {
      const message = `${owner.email} has no account here.`;
      throw new AppError('BAD_INPUT', { message, details: { fields: { 'owner.email': message } } });
    }
    return { labId: null, personId: found.id };
  }

  /** The lines, each with its job where the caller sees the job's experiment. */
  async function withSeenJobs(
    ctx: ServiceContext,
    entries: Awaited<ReturnType<typeof newestEntries>>,
  ): Promise<LedgerLine[]> {
    const seen = new Set<string>();
    for (const experimentId of new Set(entries.map((entry) => entry.experimentId))) {
      if (experimentId === null) continue;
      const roles = await rolesIn(db, ctx, experimentId);
      if (allows('experiment.view', roles)) seen.add(experimentId);
    }
    return entries.map(({ experimentId, experimentCode, jobId, templateName, ...line }) => ({
      ...line,
      job:
        jobId !== null && seen.has(experimentId!)
          ? { jobId, name: templateName!, experimentCode: experimentCode! }
          : null,
    }));
  }

  return {
    /** The licences of the caller and of their labs, with the facility's zone; of tokens none. */
    async mine(ctx: ServiceContext): Promise<OwnLicence[]> {
      const { principal } = ctx;
      if (principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      if (principal.kind !== 'person') return [];
      const now = ctx.now();
      const rows = await licencesOfPerson(
        db,
        principal.personId,
        new Date(now.getTime() - ENDED_SHOWN_DAYS * DAY_MS),
      );
      return rows.map((row) => ({
        ...toView(row, now),
        ...{ facilityName: row.facilityName, timeZone: row.timeZone },
      }));
    },

    /** Newest first. `search` looks in the names of licence and owner. */
    async list(
      ctx: ServiceContext,
      input: {
        facilityId: string;
        ownerKind?: LicenceOwner;
        search?: string;
        onlyValid?: boolean;
        cursor?: string | null;
        limit?: number;
      },
    ): Promise<{ items: LicenceView[]; nextCursor: string | null }> {
      await requireFacility(db, ctx, input.facilityId, 'facility.licences');
      const now = ctx.now();
      const limit = input.limit ?? 100;
      const rows = await listLicences(db, {
        facilityId: input.facilityId,
        ownerKind: input.ownerKind,
        search: input.search?.trim() || undefined,
        validAt: input.onlyValid ? now : undefined,
        before: input.cursor ?? undefined,
        limit: limit + 1,
      });
      const items = rows.slice(0, limit).map((row) => toView(row, now));
      return { items, nextCursor: rows.length > limit ? items.at(-1)!.licenceId : null };
    },

    async create(ctx: ServiceContext, input: NewLicence): Promise<{ licenceId: string }> {
      return db.transaction(async (tx) => {
        await requireFacility(tx, ctx, input.facilityId, 'facility.licences');
        assertForward(input.validFrom, input.validUntil);
        assertWindow(input.owner.kind, input.processingWindowDays);
        const { facilityId, name, owner, cpuMs, ...terms } = input;
        const licenceId = ctx.newId();
        const now = ctx.now();
        const ids = await ownerIds(tx, facilityId, owner);
        await insertLicence(tx, {
          ...{ id: licenceId, facilityId, name, ownerKind: owner.kind, createdAt: now },
          ...ids,
          ...terms,
        });
        if (cpuMs > 0) {
          const reason = 'with the licence';
          await addEntries(tx, { id: ctx.newId(), licenceId, kind: 'grant', cpuMs, reason, at: now });
        }
        await recordAudit(tx, ctx, {
          action: 'licence.create',
          entityKind: 'licence',
          entityId: licenceId,
          detail: {
            facilityId,
            name,
            ...{ owner: owner.kind, ...ids, cpuMs },
            ...{ validFrom: day(terms.validFrom), validUntil: day(terms.validUntil) },
          },
        });
        return { licenceId };
      });
    },

    /** Extends or shortens it, changes storage and window. What is reserved already stays so. */
    async changeTerms(ctx: ServiceContext, input: LicenceTerms): Promise<void> {
      await db.transaction(async (tx) => {
        const { licence } = await requireLicence(tx, ctx, input.licenceId);
        assertForward(licence.validFrom, input.validUntil);
        assertWindow(licence.ownerKind, input.processingWindowDays);
        const { validUntil, hotBytes, archiveBytes, processingWindowDays } = input;
        const set = { validUntil, hotBytes, archiveBytes, processingWindowDays };
        if (!(await changeTerms(tx, licence.id, input.expectedValidUntil, set))) {
          throw new AppError('CONFLICT', 'Somebody else changed this licence in the meantime. Look again.');
        }
        await recordAudit(tx, ctx, {
          action: 'licence.change',
          entityKind: 'licence',
          entityId: licence.id,
          detail: { facilityId: licence.facilityId, ...set, validUntil: day(validUntil) },
        });
      });
    },

    /** Gives CPU time, or takes back what is neither used nor set aside. What comes twice under one `grantId` counts once. */
    async grant(ctx: ServiceContext, input: Grant): Promise<void> {
      await db.transaction(async (tx) => {
        await requireLicence(tx, ctx, input.licenceId);
        if (input.cpuMs === 0) throw new AppError('BAD_INPUT', 'Say how many CPU hours.');
        const licence = (await lockLicence(tx, input.licenceId))!;
        if (await hasEntry(tx, input.grantId)) {
          throw new AppError('ALREADY_DONE', 'These CPU hours were booked already.');
        }
        const left = usableCpuMs(licence);
        if (left + input.cpuMs < 0) {
          throw new AppError(
            'CONFLICT',
            `Only ${cpuHours(left)} are neither used nor set aside; no more can be taken back.`,
          );
        }
        const kind = input.cpuMs > 0 ? 'grant' : 'withdraw';
        const { cpuMs, reason } = input;
        await addEntries(tx, {
          ...{ id: input.grantId, licenceId: licence.id, kind, cpuMs, reason, at: ctx.now() },
        });
        await recordAudit(tx, ctx, {
          action: `licence.${kind}`,
          entityKind: 'licence',
          entityId: licence.id,
          detail: { facilityId: licence.facilityId, cpuMs, reason },
        });
      });
    },

    /** What was used of a licence, by whom and when. Names of people, and of jobs only to who sees their experiment: admins see no data. */
    async use(ctx: ServiceContext, input: { licenceId: string }): Promise<LicenceUse> {
      const row = await requireLicence(db, ctx, input.licenceId);
      const [people, byMonth, newest] = await Promise.all([
        whoUsed(db, row.licence.id, MOST_PEOPLE_SHOWN),
        settledByMonth(db, row.licence.id, row.timeZone),
        newestEntries(db, row.licence.id, NEWEST_ENTRIES),
      ]);
      const byPerson = people.map(({ personId, name, email, ...use }) => ({
        ...use,
        person: personId === null ? null : { id: personId, name: name!, email: email! },
      }));
      const lines = await withSeenJobs(ctx, newest);
      return { licence: toView(row, ctx.now()), byPerson, byMonth, newest: lines };
    },
  };
}

export type LicencesService = ReturnType<typeof createLicencesService>;
