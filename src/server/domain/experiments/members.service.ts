import { AppError } from '../../../shared/errors/app-error.ts';
import { allows, type ExperimentRole, type Role } from '../../../shared/permissions/permission-table.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment, rolesIn } from './experiment.policy.ts';
import {
  deleteMembership,
  findMember,
  findPersonByEmail,
  insertMembership,
  listMembers,
  type MemberRow,
  updateRole,
} from './membership.repository.ts';

/** Everybody but the owner: there is exactly one owner, who is changed by handing over, not by naming. */
export type GivenRole = Exclude<ExperimentRole, 'owner'>;

/** What it takes to give or take a role: viewers by members, members by managers, managers by the owner alone. */
function mayHandle(role: ExperimentRole, held: readonly Role[], giving: boolean): boolean {
  if (role === 'owner') return false;
  if (role === 'manager') return allows('member.nameManagers', held);
  if (role === 'viewer' && giving) return allows('member.addViewer', held);
  return allows('member.manage', held);
}

export function createMembersService({ db }: { db: Database }) {
  async function changed(
    tx: Transaction,
    ctx: ServiceContext,
    experimentId: string,
    personId: string,
    action: string,
    detail: Record<string, unknown>,
  ): Promise<void> {
    await recordAudit(tx, ctx, {
      action,
      entityKind: 'person',
      entityId: personId,
      experimentId,
      detail,
    });
    await publish(tx, ctx, {
      topics: [`experiment:${experimentId}`, `person:${personId}`],
      kind: 'member.changed',
      data: { experimentId },
    });
  }

  /** The roles of the caller, after checking that they see the experiment. */
  async function heldBy(tx: Transaction, ctx: ServiceContext, experimentId: string): Promise<Role[]> {
    await requireExperiment(tx, ctx, experimentId, 'experiment.view');
    if (ctx.principal.kind === 'system') return ['owner'];
    return rolesIn(tx, ctx, experimentId);
  }

  return {
    /** Owner first; names and addresses are for everybody in the experiment. */
    async list(ctx: ServiceContext, input: { experimentId: string }): Promise<MemberRow[]> {
      await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      return listMembers(db, input.experimentId);
    },

    /** By e-mail of an account. CONFLICT when the person has another role already; ALREADY_DONE when the same. */
    async add(
      ctx: ServiceContext,
      input: { experimentId: string; email: string; role: GivenRole },
    ): Promise<MemberRow> {
      return db.transaction(async (tx) => {
        const held = await heldBy(tx, ctx, input.experimentId);
        if (!mayHandle(input.role, held, true)) throw new AppError('NOT_ALLOWED');
        const found = await findPersonByEmail(tx, input.email.trim());
        if (!found) {
          throw new AppError('BAD_INPUT', {
            message: `${input.email.trim()} has no account here. Ask a facility admin to create one, then add the person.`,
            details: { field: 'email' },
          });
        }
        const added = await insertMembership(tx, {
          experimentId: input.experimentId,
          personId: found.id,
          role: input.role,
          createdAt: ctx.now(),
        });
        if (!added) {
          const current = await findMember(tx, input.experimentId, found.id);
          throw new AppError(
            current?.role === input.role ? 'ALREADY_DONE' : 'CONFLICT',
            `${found.name} is ${current?.role ?? 'a member'} of this experiment already.`,
          );
        }
        await changed(tx, ctx, input.experimentId, found.id, 'member.add', { role: input.role });
        return (await findMember(tx, input.experimentId, found.id))!;
      });
    },

    /** Needs the right to handle both the present and the new role. */
    async setRole(
      ctx: ServiceContext,
      input: { experimentId: string; personId: string; role: GivenRole },
    ): Promise<MemberRow> {
      return db.transaction(async (tx) => {
        const held = await heldBy(tx, ctx, input.experimentId);
        if (!allows('member.manage', held)) throw new AppError('NOT_ALLOWED');
        const current = await findMember(tx, input.experimentId, input.personId);
        if (!current) throw new AppError('NOT_FOUND', 'This person is not in the experiment.');
        if (current.role === input.role) return current;
        if (!mayHandle(current.role, held, false) || !mayHandle(input.role, held, true)) {
          throw new AppError('NOT_ALLOWED');
        }
        const done = await updateRole(tx, { ...input, from: current.role, to: input.role });
        if (!done) throw new AppError('CONFLICT');
        await changed(tx, ctx, input.experimentId, input.personId, 'member.role', {
          from: current.role,
          to: input.role,
        });
        return { ...current, role: input.role };
      });
    },

    /** Takes somebody out; everybody but the owner may also leave. */
    async remove(ctx: ServiceContext, input: { experimentId: string; personId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const held = await heldBy(tx, ctx, input.experimentId);
        const leaves = ctx.principal.kind === 'person' && ctx.principal.personId === input.personId;
        if (!leaves && !allows('member.manage', held)) throw new AppError('NOT_ALLOWED');
        const current = await findMember(tx, input.experimentId, input.personId);
        if (!current) throw new AppError('NOT_FOUND', 'This person is not in the experiment.');
        if (current.role === 'owner') {
          throw new AppError('CONFLICT', 'The owner stays until the ownership is handed over.');
        }
        if (!leaves && !mayHandle(current.role, held, false)) throw new AppError('NOT_ALLOWED');
        const done = await deleteMembership(tx, { ...input, role: current.role });
        if (!done) throw new AppError('CONFLICT');
        await changed(tx, ctx, input.experimentId, input.personId, 'member.remove', { role: current.role });
      });
    },
  };
}

export type MembersService = ReturnType<typeof createMembersService>;
