import { recordAudit } from '#src/server/events/outbox.repository.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { insertPerson } from './people.repository.ts';
import { actingAs } from './sign-in.ts';

/** An account for somebody whose address is proved, by mail sent there or by a provider that vouches for it. CONFLICT when there is one. */
export async function openAccount(
  tx: Queryable,
  ctx: ServiceContext,
  input: { email: string; name: string; passwordHash: string | null },
): Promise<string> {
  const id = ctx.newId();
  const now = ctx.now();
  const made = await insertPerson(tx, { ...input, id, emailVerifiedAt: now, createdAt: now });
  if (!made)
    throw new AppError('CONFLICT', `There is an account for ${input.email} already. Sign in with it.`);
  await recordAudit(tx, actingAs(ctx, { id, ...input }), {
    action: 'person.created',
    entityKind: 'person',
    entityId: id,
    detail: { email: input.email },
  });
  return id;
}
