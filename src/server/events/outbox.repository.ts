import type { LiveKind, Topic } from '../../shared/contracts/live-events.ts';
import type { Queryable } from '../db/client.ts';
import { audit, outbox } from '../db/schema/index.ts';
import type { ServiceContext } from '../domain/context.ts';

export interface LiveChange {
  topics: readonly Topic[];
  kind: LiveKind;
  data: Record<string, unknown>;
}

/** Tells live subscribers of changes. Call with the transaction of the changes, so that both happen or neither. */
export async function publish(
  tx: Queryable,
  ctx: ServiceContext,
  ...changes: readonly LiveChange[]
): Promise<void> {
  const at = ctx.now();
  const rows = changes.flatMap(({ topics, kind, data }) =>
    topics.map((topic) => ({ topic, kind, data, at })),
  );
  if (rows.length > 0) await tx.insert(outbox).values(rows);
}

export interface AuditEntry {
  action: string;
  entityKind: string;
  entityId: string | null;
  experimentId?: string | null;
  detail?: Record<string, unknown>;
}

function principalIdOf(principal: ServiceContext['principal']): string | null {
  switch (principal.kind) {
    case 'person':
    case 'token':
      return principal.personId;
    case 'agent':
      return principal.agentId;
    case 'system':
      return principal.name;
    default:
      return null;
  }
}

/** Records who did what, in the transaction of the changes. */
export async function recordAudit(
  tx: Queryable,
  ctx: ServiceContext,
  ...entries: readonly AuditEntry[]
): Promise<void> {
  if (entries.length === 0) return;
  const { principal, requestId } = ctx;
  const by = {
    at: ctx.now(),
    // What a token does, its person does.
    principalKind: principal.kind === 'token' ? ('person' as const) : principal.kind,
    principalId: principalIdOf(principal),
    requestId,
  };
  const means = principal.kind === 'token' ? { tokenId: principal.tokenId } : {};
  await tx.insert(audit).values(
    entries.map(({ action, entityKind, entityId, experimentId = null, detail = {} }) => ({
      ...by,
      ...{ action, entityKind, entityId, experimentId, detail: { ...detail, ...means } },
    })),
  );
}
