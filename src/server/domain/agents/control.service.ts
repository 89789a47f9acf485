import type { ControlRequest, ControlResponse } from '../../../shared/contracts/agent-control.ts';
import type { LiveEvent, LiveKind } from '../../../shared/contracts/live-events.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import type { LiveHub } from '../../events/live-hub.ts';
import type { ServiceContext } from '../context.ts';
import { type AgentPrincipal, requireAgent } from './agent.policy.ts';
import { controlDocument, type SignedControl, signControl } from './control-document.ts';
import { refusalOf } from './enrol.ts';
import type { FacilityKeys } from './facility-keys.ts';
import { agentPlace, licenceInForce } from './licence.repository.ts';

/**
 * At least this often the document is made anew while somebody waits: what the events tell is known sooner, but an event waits for every
 * older transaction, and switches are to be obeyed within two seconds in any case.
 */
const LOOK_MS = 1500;

/** Events of an instrument after which a document may be another. */
const CHANGES: readonly LiveKind[] = ['activation.changed', 'experiment.changed', 'agent.changed'];

export interface ControlDeps {
  db: Database;
  hub: LiveHub;
  keys: FacilityKeys;
  /** Where agents send the bytes. */
  storeOrigins?: readonly string[];
}

/** Long poll for the control document of an agent. No database connection is held while it waits. */
export function createControlService({ db, hub, keys, storeOrigins }: ControlDeps) {
  const concerns = (event: LiveEvent, agentId: string) =>
    CHANGES.includes(event.kind) && (event.data.agentId ?? agentId) === agentId;

  /** The document as it is now, when it is not the one the agent holds. Throws what `authenticate` throws once the licence does not count. */
  async function newDocument(
    ctx: ServiceContext,
    { agentId }: AgentPrincipal,
    known: string | null,
  ): Promise<SignedControl | null> {
    // One snapshot, so that no document mixes what was before a switch with what is after.
    return db.transaction(
      async (tx) => {
        const place = await agentPlace(tx, agentId);
        if (!place || place.agent.revokedAt) {
          throw new AppError('NOT_SIGNED_IN', 'This agent was removed.');
        }
        const licence = await licenceInForce(tx, agentId);
        const refusal = licence && refusalOf(place.agent.name, licence, ctx.now());
        if (!licence || refusal) throw refusal ?? new AppError('LICENCE_INVALID');
        const document = await controlDocument(tx, place, licence, ctx.now(), storeOrigins);
        return document.revision === known ? null : signControl(keys, place.facility.id, document);
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    );
  }

  return {
    /** Answers as soon as the document is another than the one `known`, else after `waitMs` or when `signal` is aborted, without one. */
    async poll(ctx: ServiceContext, request: ControlRequest, signal?: AbortSignal): Promise<ControlResponse> {
      const agent = requireAgent(ctx);
      const endsAtMs = performance.now() + request.waitMs;
      const answer = (signed: SignedControl | null) => ({ serverTime: ctx.now().toISOString(), signed });
      // Before the first look, so that no change can fall between look and wait.
      const subscription = await hub.subscribe(new Set([`instrument:${agent.instrumentId}`]));
      try {
        for (;;) {
          const signed = await newDocument(ctx, agent, request.known);
          if (signed) return answer(signed);
          const lookAtMs = Math.min(performance.now() + LOOK_MS, endsAtMs);
          for (let isDue = false; !isDue; ) {
            const leftMs = lookAtMs - performance.now();
            if (signal?.aborted || (leftMs <= 0 && lookAtMs === endsAtMs)) return answer(null);
            if (leftMs <= 0) break;
            const { events, overflowed } = await subscription.take(leftMs, signal);
            isDue = overflowed || events.some(({ event }) => concerns(event, agent.agentId));
          }
        }
      } finally {
        subscription.close();
      }
    },
  };
}

export type ControlService = ReturnType<typeof createControlService>;
