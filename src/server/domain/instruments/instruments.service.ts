import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireFacility, requireInstrument } from '../experiments/experiment.policy.ts';
import { createActivationHistory } from './activation-history.ts';
import {
  activeExperiments,
  deleteStaff,
  type FacilityRow,
  findFacilityByCode,
  findInstrumentBySlug,
  type InstrumentRow,
  insertFacility,
  insertFacilityAdmin,
  insertInstrument,
  insertStaff,
  isInstrumentOf,
  listFacilities,
  listReachable,
  listStaff,
  type ReachableInstrument,
} from './instrument.repository.ts';
import { createStreamMapping } from './stream-mapping.ts';

/** `staff` sees the whole cockpit, `member` the part of their own experiments, `admin` that the instrument exists. */
export type InstrumentRelation = 'staff' | 'member' | 'admin';

export interface InstrumentSummary {
  id: string;
  slug: string;
  name: string;
  description: string;
  facility: { code: string; name: string; timeZone: string };
  relation: InstrumentRelation;
  /** Only what the caller may see: staff always, members when it is one of their own experiments. */
  active: { id: string; code: string; title: string; piName: string; since: Date } | null;
}

export function relationOf(row: ReachableInstrument): InstrumentRelation {
  if (row.isStaff) return 'staff';
  return row.experimentIds.length > 0 ? 'member' : 'admin';
}

/** Of what a person reaches, what a token of theirs opens: of one experiment none, of an instrument that one while they are staff there. */
function openedBy(
  { principal }: ServiceContext,
  rows: readonly ReachableInstrument[],
): ReachableInstrument[] {
  if (principal.kind !== 'token' || (principal.experimentId === null && principal.instrumentId === null)) {
    return [...rows];
  }
  return rows.filter((row) => row.instrument.id === principal.instrumentId && row.isStaff);
}

export function createInstrumentsService({ db }: { db: Database }) {
  function requireSystem(ctx: ServiceContext): void {
    if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  }

  /** Admins of one facility name no staff at an instrument of another. */
  async function requireInstrumentOf(tx: Transaction, facilityId: string, instrumentId: string) {
    if (await isInstrumentOf(tx, facilityId, instrumentId)) return;
    throw new AppError('NOT_FOUND', 'There is no such instrument at this facility.');
  }

  return {
    ...createActivationHistory({ db }),
    ...createStreamMapping({ db }),

    /** Facilities are made at set-up, by the system alone. Returns the one with this code when it is there. */
    async ensureFacility(
      ctx: ServiceContext,
      input: { code: string; name: string; timeZone: string },
    ): Promise<FacilityRow> {
      requireSystem(ctx);
      return db.transaction(async (tx) => {
        const inserted = await insertFacility(tx, { ...input, id: ctx.newId(), createdAt: ctx.now() });
        if (!inserted) return (await findFacilityByCode(tx, input.code))!;
        await recordAudit(tx, ctx, {
          action: 'facility.create',
          entityKind: 'facility',
          entityId: inserted.id,
          detail: input,
        });
        return inserted;
      });
    },

    /** For set-up scripts: all facilities, by their codes. */
    async listFacilities(ctx: ServiceContext): Promise<FacilityRow[]> {
      requireSystem(ctx);
      return listFacilities(db);
    },

    async addFacilityAdmin(
      ctx: ServiceContext,
      input: { facilityId: string; personId: string },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        await requireFacility(tx, ctx, input.facilityId, 'facility.people');
        if (!(await insertFacilityAdmin(tx, { ...input, createdAt: ctx.now() }))) return;
        await recordAudit(tx, ctx, {
          action: 'facility.addAdmin',
          entityKind: 'person',
          entityId: input.personId,
          detail: { facilityId: input.facilityId },
        });
      });
    },

    /** CONFLICT when an instrument of this installation has the slug, be it another facility's: addresses carry the slug alone. */
    async create(
      ctx: ServiceContext,
      input: { facilityId: string; slug: string; name: string; description: string; promiseMs: number },
    ): Promise<InstrumentRow> {
      return db.transaction(async (tx) => {
        await requireFacility(tx, ctx, input.facilityId, 'facility.instruments');
        const inserted = await insertInstrument(tx, { ...input, id: ctx.newId(), createdAt: ctx.now() });
        if (!inserted) {
          throw new AppError(
            'CONFLICT',
            `There is an instrument “${input.slug}” already: choose another slug.`,
          );
        }
        await recordAudit(tx, ctx, {
          action: 'instrument.create',
          entityKind: 'instrument',
          entityId: inserted.id,
          detail: { slug: input.slug, name: input.name },
        });
        return inserted;
      });
    },

    /** For set-up scripts; null when there is none. */
    async findBySlug(ctx: ServiceContext, input: { slug: string }): Promise<InstrumentRow | null> {
      requireSystem(ctx);
      return findInstrumentBySlug(db, input.slug);
    },

    /** Staff are named by admins of the facility. Adding somebody twice changes nothing. */
    async addStaff(
      ctx: ServiceContext,
      input: { facilityId: string; instrumentId: string; personId: string },
    ): Promise<void> {
      const { facilityId, ...row } = input;
      await db.transaction(async (tx) => {
        await requireFacility(tx, ctx, facilityId, 'facility.people');
        await requireInstrumentOf(tx, facilityId, row.instrumentId);
        if (!(await insertStaff(tx, { ...row, createdAt: ctx.now() }))) return;
        await recordAudit(tx, ctx, {
          action: 'instrument.addStaff',
          entityKind: 'person',
          entityId: row.personId,
          detail: { instrumentId: row.instrumentId },
        });
      });
    },

    async removeStaff(
      ctx: ServiceContext,
      input: { facilityId: string; instrumentId: string; personId: string },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        await requireFacility(tx, ctx, input.facilityId, 'facility.people');
        await requireInstrumentOf(tx, input.facilityId, input.instrumentId);
        if (!(await deleteStaff(tx, input.instrumentId, input.personId))) return;
        await recordAudit(tx, ctx, {
          action: 'instrument.removeStaff',
          entityKind: 'person',
          entityId: input.personId,
          detail: { instrumentId: input.instrumentId },
        });
      });
    },

    async staff(
      ctx: ServiceContext,
      input: { instrumentId: string },
    ): Promise<{ id: string; name: string; email: string }[]> {
      await requireInstrument(db, ctx, input.instrumentId, 'instrument.cockpit');
      return listStaff(db, input.instrumentId);
    },

    /** The instruments the caller has to do with. */
    async listMine(ctx: ServiceContext): Promise<InstrumentSummary[]> {
      if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      if (ctx.principal.kind === 'agent') return [];
      const rows = openedBy(ctx, await listReachable(db, actingPerson(ctx)));
      const active = await activeExperiments(
        db,
        rows.map((row) => row.instrument.id),
      );
      return rows.map((row) => {
        const seesAll = row.isStaff || ctx.principal.kind === 'system';
        const now = active.find((a) => a.instrumentId === row.instrument.id);
        const visible = now && (seesAll || row.experimentIds.includes(now.experiment.id)) ? now : null;
        const { id, slug, name, description } = row.instrument;
        return {
          id,
          slug,
          name,
          description,
          facility: { code: row.facility.code, name: row.facility.name, timeZone: row.facility.timeZone },
          relation: seesAll ? 'staff' : relationOf(row),
          active: visible && {
            id: visible.experiment.id,
            code: visible.experiment.code,
            title: visible.experiment.title,
            piName: visible.experiment.piName,
            since: visible.since,
          },
        };
      });
    },
  };
}

export type InstrumentsService = ReturnType<typeof createInstrumentsService>;
