import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireFacility } from '../experiments/experiment.policy.ts';
import { requireOwned } from './accounting.policy.ts';
import type { LabView } from './accounting.types.ts';
import {
  deleteLabMember,
  findLab,
  insertLab,
  insertLabMember,
  type LabRow,
  listLabs,
  peopleOfLabs,
} from './lab.repository.ts';
import { findPersonByEmail } from './licence.repository.ts';

/** Groups that own licences together, kept by admins of the facility. */
export function createLabsService({ db }: { db: Database }) {
  const requireLab = async (tx: Transaction, ctx: ServiceContext, labId: string): Promise<LabRow> =>
    requireOwned(tx, ctx, 'lab', await findLab(tx, labId), (row) => row.facilityId);

  const changed = (tx: Transaction, ctx: ServiceContext, action: string, row: LabRow, personId: string) =>
    recordAudit(tx, ctx, {
      action,
      entityKind: 'lab',
      entityId: row.id,
      detail: { facilityId: row.facilityId, personId },
    });

  return {
    async list(ctx: ServiceContext, input: { facilityId: string }): Promise<LabView[]> {
      await requireFacility(db, ctx, input.facilityId, 'facility.licences');
      const [labs, people] = await Promise.all([
        listLabs(db, input.facilityId),
        peopleOfLabs(db, input.facilityId),
      ]);
      return labs.map(({ id, name }) => ({
        labId: id,
        name,
        people: people.filter(({ labId }) => labId === id).map(({ labId: _, ...person }) => person),
      }));
    },

    /** CONFLICT when the facility has a lab of this name. */
    async create(
      ctx: ServiceContext,
      input: { facilityId: string; name: string },
    ): Promise<{ labId: string }> {
      return db.transaction(async (tx) => {
        await requireFacility(tx, ctx, input.facilityId, 'facility.licences');
        const labId = ctx.newId();
        if (!(await insertLab(tx, { id: labId, ...input, createdAt: ctx.now() }))) {
          throw new AppError('CONFLICT', {
            message: `There is a lab “${input.name}” already.`,
            details: { fields: { name: 'is the name of a lab already' } },
          });
        }
        await recordAudit(tx, ctx, {
          action: 'lab.create',
          entityKind: 'lab',
          entityId: labId,
          detail: input,
        });
        return { labId };
      });
    },

    /** By the e-mail of an account. Adding somebody twice changes nothing. */
    async addPerson(ctx: ServiceContext, input: { labId: string; email: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await requireLab(tx, ctx, input.labId);
        const found = await findPersonByEmail(tx, input.email);
        if (!found) {
          throw new AppError('BAD_INPUT', {
            message: `${input.email} has no account here.`,
            details: { fields: { email: 'has no account here' } },
          });
        }
        const member = { labId: row.id, personId: found.id, createdAt: ctx.now() };
        if (await insertLabMember(tx, member)) await changed(tx, ctx, 'lab.addPerson', row, found.id);
      });
    },

    async removePerson(ctx: ServiceContext, input: { labId: string; personId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await requireLab(tx, ctx, input.labId);
        if (await deleteLabMember(tx, row.id, input.personId)) {
          await changed(tx, ctx, 'lab.removePerson', row, input.personId);
        }
      });
    },
  };
}

export type LabsService = ReturnType<typeof createLabsService>;
