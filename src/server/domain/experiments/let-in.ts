import type { ExperimentAction, GivenRole } from '../../../shared/permissions/permission-table.ts';
import type { Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { experimentsReadBy, insertMembership } from './membership.repository.ts';

/** The right it takes to let somebody in with this role: viewers by members, members by managers, managers by the owner alone. */
export function rightToGive(role: GivenRole): ExperimentAction {
  if (role === 'manager') return 'member.nameManagers';
  return role === 'member' ? 'member.manage' : 'member.addViewer';
}

/** Records that somebody's place in an experiment or a project has changed, and tells everybody in it and that person. */
export async function memberChanged(
  tx: Transaction,
  ctx: ServiceContext,
  experimentId: string,
  personId: string,
  action: string,
  detail: Record<string, unknown>,
): Promise<void> {
  await recordAudit(tx, ctx, { action, entityKind: 'person', entityId: personId, experimentId, detail });
  await publish(tx, ctx, {
    topics: [`experiment:${experimentId}`, `person:${personId}`],
    kind: 'member.changed',
    data: { experimentId },
  });
  // Who is in a project reads its experiments: whoever listens there is asked anew whether they may.
  for (const readId of await experimentsReadBy(tx, experimentId)) {
    await publish(tx, ctx, {
      topics: [`experiment:${readId}`],
      kind: 'member.changed',
      data: { experimentId: readId },
    });
  }
}

/** Lets a person in, effective with the transaction. False, and nothing done, when the person is in already. Rights are the caller's business. */
export async function letIn(
  tx: Transaction,
  ctx: ServiceContext,
  input: {
    experimentId: string;
    personId: string;
    role: GivenRole;
    addedBy: string | null;
    origin?: 'person' | 'user-office';
  },
): Promise<boolean> {
  const added = await insertMembership(tx, { ...input, createdAt: ctx.now() });
  if (!added) return false;
  const { experimentId, personId, role, addedBy, origin = 'person' } = input;
  const detail = { role, addedBy, ...(origin === 'person' ? {} : { origin }) };
  await memberChanged(tx, ctx, experimentId, personId, 'member.add', detail);
  return true;
}
