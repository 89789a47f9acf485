import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { processingWindowDays } from '../accounting/processing-window.ts';
import type { ServiceContext } from '../context.ts';
import { requireFacility } from '../experiments/experiment.policy.ts';
import type { InstrumentsService } from '../instruments/instruments.service.ts';
import { requirePerson } from '../people/people.policy.ts';
import { createDirectory } from './directory.service.ts';
import {
  changeInstrument,
  facilitiesOf,
  findFacility,
  instrumentsOf,
  lockFacility,
  lockInstrumentOf,
  setPolicies,
} from './facility.repository.ts';
import type { AdministeredFacility, AdministeredInstrument, FacilityPolicies } from './facility.types.ts';

/** What admins do at their facility besides licences: policies, instruments, people. */
export function createFacilitiesService({
  db,
  instruments,
}: {
  db: Database;
  instruments: InstrumentsService;
}) {
  const noInstrument = () =>
    new AppError('NOT_FOUND', 'There is no such instrument, or it is not yours to see.');

  return {
    ...createDirectory({ db, instruments }),

    /** The facilities that the caller administers; of anybody else none. */
    async mine(ctx: ServiceContext): Promise<AdministeredFacility[]> {
      return facilitiesOf(db, requirePerson(ctx).personId);
    },

    async policies(ctx: ServiceContext, input: { facilityId: string }): Promise<FacilityPolicies> {
      await requireFacility(db, ctx, input.facilityId, 'facility.policies');
      const row = await findFacility(db, input.facilityId);
      if (!row) throw new AppError('NOT_FOUND');
      return {
        staffAccessDays: row.staffAccessDays,
        processingWindowDays: row.processingWindowDays,
        processingWindowDaysNow: await processingWindowDays(db, row.id, ctx.now()),
      };
    },

    /** Both hold at once: staff access for all experiments that have ended, the window for those that end from now on. */
    async setPolicies(
      ctx: ServiceContext,
      input: { facilityId: string; staffAccessDays: number; processingWindowDays: number },
    ): Promise<void> {
      const { facilityId, ...after } = input;
      await db.transaction(async (tx) => {
        await requireFacility(tx, ctx, facilityId, 'facility.policies');
        const { staffAccessDays, processingWindowDays: windowDays } = await lockFacility(tx, facilityId);
        await setPolicies(tx, facilityId, after);
        await recordAudit(tx, ctx, {
          action: 'facility.setPolicies',
          entityKind: 'facility',
          entityId: facilityId,
          detail: { ...after, before: { staffAccessDays, processingWindowDays: windowDays } },
        });
      });
    },

    async instruments(ctx: ServiceContext, input: { facilityId: string }): Promise<AdministeredInstrument[]> {
      await requireFacility(db, ctx, input.facilityId, 'facility.instruments');
      return instrumentsOf(db, input.facilityId);
    },

    /** Its slug stays: addresses and configurations carry it. */
    async changeInstrument(
      ctx: ServiceContext,
      input: {
        facilityId: string;
        instrumentId: string;
        name: string;
        description: string;
        promiseMs: number;
      },
    ): Promise<void> {
      const { facilityId, instrumentId, ...after } = input;
      await db.transaction(async (tx) => {
        await requireFacility(tx, ctx, facilityId, 'facility.instruments');
        const row = await lockInstrumentOf(tx, facilityId, instrumentId);
        if (!row) throw noInstrument();
        await changeInstrument(tx, row.id, after);
        await recordAudit(tx, ctx, {
          action: 'instrument.change',
          entityKind: 'instrument',
          entityId: row.id,
          detail: { ...after, before: { name: row.name, promiseMs: row.promiseMs } },
        });
      });
    },
  };
}

export type FacilitiesService = ReturnType<typeof createFacilitiesService>;
