import { z } from 'zod';
import { AppError } from '../../../shared/errors/app-error.ts';
import {
  allows,
  EXPERIMENT_ROLES,
  type ExperimentRole,
  type GivenRole,
  type Role,
} from '../../../shared/permissions/permission-table.ts';
import type { Database, Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { withdrawBeyond } from '../invitations/withdraw-beyond.ts';
import { requireSystem } from '../people/people.policy.ts';
import { createDisabledOwners } from './disabled-owners.ts';
import { requireContainer, rolesIn, rolesOfPerson } from './experiment.policy.ts';
import { letIn, memberChanged } from './let-in.ts';
import {
  countMembers,
  deleteMembership,
  findMember,
  findPersonByEmail,
  listMembers,
  type MemberPlace,
  type MemberRow,
  updateRole,
} from './membership.repository.ts';
import { createOwnership, endOffers } from './ownership.ts';
import { createStaffAccess } from './staff-access.ts';

export interface ListMembersInput {
  experimentId: string;
  search?: string;
  cursor?: string | null;
  limit?: number;
}

export interface MemberPage {
  items: MemberRow[];
  nextCursor: string | null;
  /** With what is searched for. */
  found: number;
  total: number;
}

const cursorSchema = z.tuple([z.int().min(1).max(EXPERIMENT_ROLES.length), z.string().max(4000), z.uuid()]);

function parseCursor(cursor: string): MemberPlace {
  try {
    const [rank, name, id] = cursorSchema.parse(
      JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')),
    );
    if (!name.includes('\0')) return { rank, name, id };
  } catch {
    // Told below, whatever is wrong with it.
  }
  throw new AppError('BAD_INPUT', 'The cursor is not one of this list.');
}

const cursorAfter = ({ rank, name, id }: MemberPlace) =>
  Buffer.from(JSON.stringify([rank, name, id])).toString('base64url');

/** What it takes to give or take a role: viewers by members, members by managers, managers by the owner alone. */
function mayHandle(role: ExperimentRole, held: readonly Role[], giving: boolean): boolean {
  if (role === 'owner') return false;
  if (role === 'manager') return allows('member.nameManagers', held);
  if (role === 'viewer' && giving) return allows('member.addViewer', held);
  return allows('member.manage', held);
}

/** Who is in an experiment or a project; `experimentId` is the id of either. */
export function createMembersService({ db, webUrl }: { db: Database; webUrl: string }) {
  /** The roles of the caller, after checking that they see the experiment. */
  async function heldBy(tx: Transaction, ctx: ServiceContext, experimentId: string): Promise<Role[]> {
    await requireContainer(tx, ctx, experimentId, 'experiment.view');
    if (ctx.principal.kind === 'system') return ['owner'];
    return rolesIn(tx, ctx, experimentId);
  }

  /** Somebody holds less than before: their invitations to more than they may give now are taken back. */
  async function withdrawWhatIsBeyond(
    tx: Transaction,
    ctx: ServiceContext,
    { experimentId, personId }: { experimentId: string; personId: string },
  ): Promise<void> {
    const left = await rolesOfPerson(tx, ctx, personId, experimentId);
    await withdrawBeyond(tx, ctx, { experimentId, personId, left });
  }

  return {
    ...createOwnership({ db, webUrl }),
    ...createDisabledOwners({ db }),
    ...createStaffAccess({ db }),

    /**
     * Owner first, page by page; names and addresses are for everybody in the experiment. `search` looks in name, address and role; `found` is how many
     * there are with it, `total` how many there are in all.
     */
    async list(ctx: ServiceContext, input: ListMembersInput): Promise<MemberPage> {
      const { experimentId } = input;
      await requireContainer(db, ctx, experimentId, 'experiment.people');
      const after = input.cursor ? parseCursor(input.cursor) : undefined;
      const search = input.search?.trim() || undefined;
      const limit = Math.min(Math.max(input.limit ?? 100, 1), 200);
      const [rows, total, found] = await Promise.all([
        listMembers(db, { experimentId, search, after, limit: limit + 1 }),
        countMembers(db, experimentId),
        search === undefined ? null : countMembers(db, experimentId, search),
      ]);
      const page = rows.slice(0, limit);
      return {
        items: page.map(({ rank: _, ...member }) => member),
        nextCursor: rows.length > limit ? cursorAfter(page.at(-1)!) : null,
        total,
        found: found ?? total,
      };
    },

    /** The first of them, and how many there are: for where they are named beside other things. */
    async first(
      ctx: ServiceContext,
      { experimentId, limit }: { experimentId: string; limit: number },
    ): Promise<{ members: MemberRow[]; total: number }> {
      await requireContainer(db, ctx, experimentId, 'experiment.people');
      const [rows, total] = await Promise.all([
        listMembers(db, { experimentId, limit }),
        countMembers(db, experimentId),
      ]);
      return { members: rows.map(({ rank: _, ...member }) => member), total };
    },

    /**
     * Puts somebody with an account in, by e-mail; for the operator, the seed and other systems. People invite: to them an address must not tell
     * whether it has an account here. CONFLICT when the person has another role already; ALREADY_DONE when the same.
     */
    async add(
      ctx: ServiceContext,
      input: { experimentId: string; email: string; role: GivenRole },
    ): Promise<MemberRow> {
      requireSystem(ctx);
      return db.transaction(async (tx) => {
        const { experimentId, role } = input;
        await requireContainer(tx, ctx, experimentId, 'experiment.view');
        const found = await findPersonByEmail(tx, input.email.trim());
        if (!found) throw new AppError('BAD_INPUT', `${input.email.trim()} has no account here.`);
        const added = await letIn(tx, ctx, { experimentId, personId: found.id, role, addedBy: null });
        const member = (await findMember(tx, experimentId, found.id))!;
        if (!added) {
          throw new AppError(
            member.role === role ? 'ALREADY_DONE' : 'CONFLICT',
            `${found.name} is ${member.role} of this experiment already.`,
          );
        }
        return member;
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
        await memberChanged(tx, ctx, input.experimentId, input.personId, 'member.role', {
          from: current.role,
          to: input.role,
        });
        await withdrawWhatIsBeyond(tx, ctx, input);
        return { ...current, role: input.role };
      });
    },

    /** Takes somebody out; everybody but the owner may also leave. */
    async remove(ctx: ServiceContext, input: { experimentId: string; personId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const held = await heldBy(tx, ctx, input.experimentId);
        const isSelf = ctx.principal.kind === 'person' && ctx.principal.personId === input.personId;
        // Who reads by a project is not in it, and leaves the project.
        const leaves = isSelf && allows('experiment.people', held);
        if (!leaves && !allows('member.manage', held)) throw new AppError('NOT_ALLOWED');
        const current = await findMember(tx, input.experimentId, input.personId);
        if (!current) throw new AppError('NOT_FOUND', 'This person is not in the experiment.');
        if (current.role === 'owner') {
          throw new AppError('CONFLICT', 'The owner stays until the ownership is handed over.');
        }
        if (!leaves && !mayHandle(current.role, held, false)) throw new AppError('NOT_ALLOWED');
        const done = await deleteMembership(tx, { ...input, role: current.role });
        if (!done) throw new AppError('CONFLICT');
        await memberChanged(tx, ctx, input.experimentId, input.personId, 'member.remove', {
          role: current.role,
        });
        await endOffers(tx, ctx, input);
        await withdrawWhatIsBeyond(tx, ctx, input);
      });
    },
  };
}

export type MembersService = ReturnType<typeof createMembersService>;
