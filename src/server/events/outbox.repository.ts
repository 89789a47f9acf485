import type { LiveKind, Topic } from '../../shared/contracts/live-events.ts';
import type { Queryable } from '../db/client.ts';
import { audit, outbox } from '../db/schema/index.ts';
import type { ServiceContext } from '../domain/context.ts';

export interface LiveChange {
  topics: readonly Topic[];
  kind: LiveKind;
  data: Record<string, unknown>;
}

/** Tells live subscribers of a change. Call with the transaction of the change, so that both happen or neither. */
export async function publish(tx: Queryable, ctx: ServiceContext, change: LiveChange): Promise<void> {
  const at = ctx.now();
  await tx
    .insert(outbox)
    .values(change.topics.map((topic) => ({ topic, kind: change.kind, data: change.data, at })));
}

export interface AuditEntry {
  action: string;
  entityKind: string;
  entityId: string | null;
  experimentId?: string | null;
  detail?: Record<string, unknown>;
}

/** Records who did what, in the transaction of the change. */
export async function recordAudit(tx: Queryable, ctx: ServiceContext, entry: AuditEntry): Promise<void> {
  const { principal } = ctx;
  await tx.insert(audit).values({
    at: ctx.now(),
    principalKind: principal.kind,
    principalId:
      principal.kind === 'person'
        ? principal.personId
        : principal.kind === 'agent'
          ? principal.agentId
          : principal.kind === 'system'
            ? principal.name
            : null,
    action: entry.action,
    entityKind: entry.entityKind,
    entityId: entry.entityId,
    experimentId: entry.experimentId ?? null,
    detail: entry.detail ?? {},
    requestId: ctx.requestId,
  });
}
