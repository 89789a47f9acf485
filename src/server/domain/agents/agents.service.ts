import { AppError } from '../../../shared/errors/app-error.ts';
import type { ServiceContext } from '../context.ts';
import { requireFacility, requireInstrument } from '../experiments/experiment.policy.ts';
import { type AgentPrincipal, requireOwnAgent } from './agent.policy.ts';
import { setRevoked } from './agent.repository.ts';
import { agentChanged } from './agent-changes.ts';
import { hashSecret } from './agent-token.ts';
import { type AgentView, agentsOf, agentsOfFacility, type InstrumentAgents } from './agent-view.ts';
import { createDestinations } from './destinations.service.ts';
import { createEnrol, refusalOf } from './enrol.ts';
import { createHeartbeat } from './heartbeat.ts';
import { findByToken } from './licence.repository.ts';
import { createLicences, type LicenceDeps } from './licences.service.ts';
import { createSwitches } from './switches.service.ts';

export { type AgentPrincipal, requireAgent } from './agent.policy.ts';

/**
 * Agents: the programs at the instrument that send data. Each is bound to its instrument by a licence, which it exchanged for a token of
 * its own; it holds nothing of a person's.
 */
export function createAgentsService(deps: LicenceDeps) {
  const { db } = deps;
  return {
    ...createLicences(deps),
    ...createEnrol(deps),
    ...createHeartbeat(deps),
    ...createSwitches(deps),
    ...createDestinations(deps),

    /**
     * Who a bearer token belongs to. NOT_SIGNED_IN for a token that is none (any more); LICENCE_EXPIRED or LICENCE_REVOKED, with the reason,
     * while the licence it came from does not count: the same token works again when the licence is restored.
     */
    async authenticate(token: string, now: Date = new Date()): Promise<AgentPrincipal> {
      const found = await findByToken(db, hashSecret(token));
      if (!found) throw new AppError('NOT_SIGNED_IN', 'This is no token of an agent.');
      const { agent, licence } = found;
      if (agent.revokedAt) throw new AppError('NOT_SIGNED_IN', `The agent ${agent.name} was removed.`);
      if (!licence) {
        throw new AppError(
          'LICENCE_INVALID',
          `The agent ${agent.name} has no licence yet. Staff of the instrument issue one on the page of the agents.`,
        );
      }
      const refusal = refusalOf(agent.name, licence, now);
      if (refusal) throw refusal;
      const { id, instrumentId, name } = agent;
      return { kind: 'agent', agentId: id, instrumentId, name, folders: licence.folders };
    },

    /** The agents of an instrument with their licences, switches and destinations; those that were removed are left out. */
    async list(ctx: ServiceContext, input: { instrumentId: string }): Promise<AgentView[]> {
      const { id } = await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
      return (await agentsOf(db, id, ctx.now())).map(({ status: _, ...view }) => view);
    },

    /** The agents of all instruments of a facility with their licences alone, for its admins; those that were removed are left out. */
    async ofFacility(ctx: ServiceContext, input: { facilityId: string }): Promise<InstrumentAgents[]> {
      await requireFacility(db, ctx, input.facilityId, 'facility.agents');
      return agentsOfFacility(db, input.facilityId, ctx.now());
    },

    /** Ends an agent for good; its data stay. ALREADY_DONE when it was removed before. */
    async remove(ctx: ServiceContext, input: { agentId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const { agent } = await requireOwnAgent(tx, ctx, input.agentId);
        if (!(await setRevoked(tx, agent.id, ctx.now()))) throw new AppError('ALREADY_DONE');
        await agentChanged(tx, ctx, agent, 'agent.remove');
      });
    },
  };
}

export type AgentsService = ReturnType<typeof createAgentsService>;
