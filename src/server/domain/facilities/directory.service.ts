import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireFacility } from '../experiments/experiment.policy.ts';
import type { InstrumentsService } from '../instruments/instruments.service.ts';
import {
  countOtherAdmins,
  deleteAdmin,
  endSessions,
  findByEmail,
  listPeople,
  lockPersonOf,
  setDisabled,
} from './directory.repository.ts';
import { lockFacility } from './facility.repository.ts';
import type { DirectoryPerson } from './facility.types.ts';

export interface PeoplePage {
  items: DirectoryPerson[];
  /** The last of the page, to go on behind; null at the end. */
  next: { name: string; id: string } | null;
}

const noPerson = () => new AppError('NOT_FOUND', 'There is no such person at this facility.');

/** The people of a facility, for its admins. */
export function createDirectory({ db, instruments }: { db: Database; instruments: InstrumentsService }) {
  async function personOf(email: string) {
    const found = await findByEmail(db, email);
    if (found && found.disabledAt === null) return found;
    const message = found ? `${found.email} is disabled.` : `${email.trim()} has no account here.`;
    throw new AppError('BAD_INPUT', { message, details: { fields: { email: message } } });
  }

  /** Whoever would be the last admin to sign in stays. Held with the facility, so that two cannot take each other away. */
  async function assertAnotherAdmin(tx: Transaction, facilityId: string, personId: string): Promise<void> {
    if ((await countOtherAdmins(tx, facilityId, personId)) > 0) return;
    throw new AppError('CONFLICT', 'The last admin of a facility stays. Make somebody else an admin first.');
  }

  return {
    /** By name. `search` looks in name and e-mail; each page goes on behind the last person of the one before. */
    async people(
      ctx: ServiceContext,
      input: {
        facilityId: string;
        search?: string;
        show?: 'all' | 'admins' | 'disabled';
        cursor?: { name: string; id: string } | null;
        limit?: number;
      },
    ): Promise<PeoplePage> {
      await requireFacility(db, ctx, input.facilityId, 'facility.people');
      const limit = input.limit ?? 100;
      const rows = await listPeople(db, {
        facilityId: input.facilityId,
        search: input.search?.trim() || undefined,
        show: input.show ?? 'all',
        after: input.cursor ?? undefined,
        limit: limit + 1,
      });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return { items, next: rows.length > limit && last ? { name: last.name, id: last.id } : null };
    },

    /**
     * Shuts somebody out at once, or lets them in again. What they own stays theirs. CONFLICT for oneself, and for people who have to do
     * with another facility too.
     */
    async setPersonDisabled(
      ctx: ServiceContext,
      input: { facilityId: string; personId: string; disabled: boolean },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        await requireFacility(tx, ctx, input.facilityId, 'facility.people');
        await lockFacility(tx, input.facilityId);
        const found = await lockPersonOf(tx, input.facilityId, input.personId);
        if (!found) throw noPerson();
        const { name } = found.person;
        if (ctx.principal.kind === 'person' && ctx.principal.personId === input.personId) {
          throw new AppError('CONFLICT', 'You cannot disable your own account. Ask another admin.');
        }
        if (found.isElsewhere) {
          throw new AppError(
            'CONFLICT',
            `${name} has to do with another facility of this installation too. Take away what they hold here instead.`,
          );
        }
        if (input.disabled) await assertAnotherAdmin(tx, input.facilityId, input.personId);
        if (!(await setDisabled(tx, input.personId, input.disabled ? ctx.now() : null))) {
          throw new AppError(
            'ALREADY_DONE',
            `${name} is ${input.disabled ? 'disabled' : 'enabled'} already.`,
          );
        }
        const sessions = input.disabled ? await endSessions(tx, input.personId, ctx.now()) : 0;
        await recordAudit(tx, ctx, {
          action: input.disabled ? 'person.disable' : 'person.enable',
          entityKind: 'person',
          entityId: input.personId,
          detail: { facilityId: input.facilityId, sessions },
        });
      });
    },

    /** By the e-mail of an account. Naming somebody twice changes nothing. */
    async addAdmin(ctx: ServiceContext, input: { facilityId: string; email: string }): Promise<void> {
      await requireFacility(db, ctx, input.facilityId, 'facility.people');
      const { id: personId } = await personOf(input.email);
      await instruments.addFacilityAdmin(ctx, { facilityId: input.facilityId, personId });
    },

    async removeAdmin(ctx: ServiceContext, input: { facilityId: string; personId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        await requireFacility(tx, ctx, input.facilityId, 'facility.people');
        await lockFacility(tx, input.facilityId);
        await assertAnotherAdmin(tx, input.facilityId, input.personId);
        if (!(await deleteAdmin(tx, input.facilityId, input.personId))) {
          throw new AppError('ALREADY_DONE', 'This person is no admin.');
        }
        await recordAudit(tx, ctx, {
          action: 'facility.removeAdmin',
          entityKind: 'person',
          entityId: input.personId,
          detail: { facilityId: input.facilityId },
        });
      });
    },

    /** By the e-mail of an account. Naming somebody twice changes nothing. */
    async addStaff(
      ctx: ServiceContext,
      input: { facilityId: string; instrumentId: string; email: string },
    ): Promise<void> {
      await requireFacility(db, ctx, input.facilityId, 'facility.people');
      const { id: personId } = await personOf(input.email);
      const { facilityId, instrumentId } = input;
      await instruments.addStaff(ctx, { facilityId, instrumentId, personId });
    },
  };
}
