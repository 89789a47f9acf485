import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireFacility } from '../experiments/experiment.policy.ts';
import { requireOwned } from './accounting.policy.ts';
import type { NewProfile, ProfileView } from './accounting.types.ts';
import { findProfile, insertProfile, listProfiles, retireProfile } from './profile.repository.ts';

/** Sizes that software runs in, kept by admins of the facility. A profile never changes: another price is another profile. */
export function createProfilesService({ db }: { db: Database }) {
  return {
    async list(ctx: ServiceContext, input: { facilityId: string }): Promise<ProfileView[]> {
      await requireFacility(db, ctx, input.facilityId, 'facility.licences');
      const rows = await listProfiles(db, input.facilityId);
      return rows.map(({ id, facilityId: _, ...facts }) => ({ profileId: id, ...facts }));
    },

    /** CONFLICT when a profile that is not retired has this name. */
    async create(ctx: ServiceContext, input: NewProfile): Promise<{ profileId: string }> {
      return db.transaction(async (tx) => {
        await requireFacility(tx, ctx, input.facilityId, 'facility.licences');
        const priceMilli = input.priceMilli ?? input.cpus * 1000;
        const id = ctx.newId();
        const row = { ...input, priceMilli };
        if (!(await insertProfile(tx, { ...row, id, createdAt: ctx.now() }))) {
          throw new AppError('CONFLICT', {
            message: `There is a profile “${input.name}” already: retire it first, or choose another name.`,
            details: { fields: { name: 'is the name of a profile already' } },
          });
        }
        await recordAudit(tx, ctx, {
          action: 'profile.create',
          entityKind: 'profile',
          entityId: id,
          detail: row,
        });
        return { profileId: id };
      });
    },

    /** From now on nothing new can be started with it; what runs goes on, and past runs keep their price. */
    async retire(ctx: ServiceContext, input: { profileId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const found = await findProfile(tx, input.profileId);
        const row = await requireOwned(tx, ctx, 'profile', found, ({ facilityId }) => facilityId);
        if (!(await retireProfile(tx, row.id, ctx.now()))) {
          throw new AppError('ALREADY_DONE', `“${row.name}” was retired already.`);
        }
        await recordAudit(tx, ctx, {
          action: 'profile.retire',
          entityKind: 'profile',
          entityId: row.id,
          detail: { facilityId: row.facilityId, name: row.name },
        });
      });
    },
  };
}

export type ProfilesService = ReturnType<typeof createProfilesService>;
