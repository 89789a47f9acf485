import { createHash } from 'node:crypto';
import type { HeartbeatRequest, HeartbeatResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { Principal, ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import {
  findAgent,
  findAgentByName,
  findAgentByTokenHash,
  insertAgent,
  insertReports,
  instrumentNow,
  setRevoked,
  setTokenHash,
  storeHeartbeat,
} from './agent.repository.ts';

export type AgentPrincipal = Extract<Principal, { kind: 'agent' }>;

const hashToken = (token: string) => createHash('sha256').update(token).digest('hex');

/** 256 random bits behind a prefix that secret scanners and people recognise. Only its hash is kept. */
function newToken(ctx: ServiceContext): string {
  return `bdk_agent_${Buffer.from(ctx.randomBytes(32)).toString('base64url')}`;
}

export function requireAgent(ctx: ServiceContext): AgentPrincipal {
  if (ctx.principal.kind !== 'agent') throw new AppError('NOT_ALLOWED', 'Only agents may do this.');
  return ctx.principal;
}

/** Agents: the programs at the instrument that send data. They hold a token of their own and nothing of a person's. */
export function createAgentsService({ db }: { db: Database }) {
  return {
    /** Who a bearer token belongs to. Throws NOT_SIGNED_IN, saying so when the agent was revoked. */
    async authenticate(token: string): Promise<AgentPrincipal> {
      const row = await findAgentByTokenHash(db, hashToken(token));
      if (!row) throw new AppError('NOT_SIGNED_IN', 'This is no token of an agent.');
      if (row.revokedAt) throw new AppError('NOT_SIGNED_IN', `The agent ${row.name} was revoked.`);
      return { kind: 'agent', agentId: row.id, instrumentId: row.instrumentId, name: row.name };
    },

    /** Registers an agent of an instrument. The token is told once, here. Throws CONFLICT when the name is taken. */
    async createAgent(
      ctx: ServiceContext,
      input: { instrumentId: string; kind: 'hub' | 'sync'; name: string },
    ): Promise<{ agentId: string; token: string }> {
      const agentId = ctx.newId();
      const token = newToken(ctx);
      await db.transaction(async (tx) => {
        const instrument = await requireInstrument(tx, ctx, input.instrumentId, 'instrument.agents');
        if (await findAgentByName(tx, instrument.id, input.name)) {
          throw new AppError('CONFLICT', `${instrument.name} has an agent called ${input.name} already.`);
        }
        await insertAgent(tx, {
          ...input,
          id: agentId,
          tokenHash: hashToken(token),
          createdAt: ctx.now(),
        });
        const detail = { name: input.name, kind: input.kind };
        await recordAudit(tx, ctx, {
          action: 'agent.create',
          entityKind: 'agent',
          entityId: agentId,
          detail,
        });
      });
      return { agentId, token };
    },

    /** A new token; the old one ends at once. */
    async renewToken(ctx: ServiceContext, input: { agentId: string }): Promise<{ token: string }> {
      const token = newToken(ctx);
      await db.transaction(async (tx) => {
        const row = await findAgent(tx, input.agentId);
        if (!row) throw new AppError('NOT_FOUND', 'There is no such agent.');
        await requireInstrument(tx, ctx, row.instrumentId, 'instrument.agents');
        await setTokenHash(tx, row.id, hashToken(token));
        await recordAudit(tx, ctx, { action: 'agent.renewToken', entityKind: 'agent', entityId: row.id });
      });
      return { token };
    },

    /** Ends an agent for good; its data stay. Throws ALREADY_DONE. */
    async revoke(ctx: ServiceContext, input: { agentId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await findAgent(tx, input.agentId);
        if (!row) throw new AppError('NOT_FOUND', 'There is no such agent.');
        await requireInstrument(tx, ctx, row.instrumentId, 'instrument.agents');
        if (!(await setRevoked(tx, row.id, ctx.now()))) throw new AppError('ALREADY_DONE');
        await recordAudit(tx, ctx, { action: 'agent.revoke', entityKind: 'agent', entityId: row.id });
      });
    },

    /** Takes the agent's state and its reports; tells the time (the agent measures its clock by it) and what is active. */
    async heartbeat(ctx: ServiceContext, beat: HeartbeatRequest): Promise<HeartbeatResponse> {
      const { agentId, instrumentId } = requireAgent(ctx);
      const { reports, ...status } = beat;
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
      };
    },
  };
}

export type AgentsService = ReturnType<typeof createAgentsService>;
