import type { HeartbeatRequest, HeartbeatResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import { publish } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireAgent } from './agent.policy.ts';
import { insertReports, instrumentNow, storeHeartbeat } from './agent.repository.ts';
import { storeOutcomes } from './command.repository.ts';
import { storeSiteSwitches } from './site-switches.ts';

/** What agents tell every few seconds. */
export function createHeartbeat({ db }: { db: Database }) {
  return {
    /**
     * Takes the agent's state, its reports, the switches made on site and the outcomes of commands, each once however often it is told;
     * tells the time (the agent measures its clock by it) and what is active.
     */
    async heartbeat(ctx: ServiceContext, beat: HeartbeatRequest): Promise<HeartbeatResponse> {
      const agent = requireAgent(ctx);
      const { agentId, instrumentId } = agent;
      const { reports, siteSwitches = [], commandOutcomes = [], ...status } = beat;
      // First of all, so that what is told as active below is what they made of it.
      const siteSwitchesStored = await storeSiteSwitches(db, ctx, agent, siteSwitches);
      const topics = [`instrument:${instrumentId}`] as const;
      const now = await db.transaction(async (tx) => {
        await storeHeartbeat(tx, agentId, ctx.now(), beat.version, status);
        const fresh = await insertReports(tx, agentId, reports);
        await publish(tx, ctx, { topics, kind: 'agent.heartbeat', data: { agentId } });
        // One event per kind of report: a flood of faults must not become a flood of events.
        const kinds = new Map(fresh.map((report) => [`${report.level} ${report.code}`, report]));
        for (const { code, level } of kinds.values()) {
          await publish(tx, ctx, { topics, kind: 'agent.report', data: { agentId, code, level } });
        }
        if ((await storeOutcomes(tx, agentId, commandOutcomes, ctx.now())) > 0) {
          await publish(tx, ctx, { topics, kind: 'agent.changed', data: { agentId } });
        }
        return instrumentNow(tx, instrumentId, ctx.now());
      });
      if (!now) throw new AppError('NOT_FOUND', 'The instrument of this agent is gone.');
      return {
        serverTime: ctx.now().toISOString(),
        instrument: { id: now.id, name: now.name },
        activeExperiment:
          now.experimentCode !== null && now.activeSince !== null
            ? { code: now.experimentCode, since: now.activeSince.toISOString() }
            : null,
        reportsStored: reports.map((report) => report.id),
        siteSwitchesStored,
        commandOutcomesStored: commandOutcomes.map((outcome) => outcome.id),
      };
    },
  };
}
