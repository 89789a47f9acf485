import type { AgentCommand } from '../../../shared/contracts/agent-control.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { HeldDecision, UploadMode } from '../../../shared/model/states.ts';
import type { Database } from '../../db/client.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireLiveAgent, requireOwnAgent } from './agent.policy.ts';
import { setUploadMode } from './agent.repository.ts';
import { agentChanged } from './agent-changes.ts';
import { insertCommand, newestCommands, openCommands } from './command.repository.ts';

/** What one control document can carry. */
const MAX_OPEN_COMMANDS = 100;
const COMMANDS_SHOWN = 50;

export type CommandView = Awaited<ReturnType<typeof newestCommands>>[number];

/** What staff want of an agent: whether it uploads, and what it is to do once. Agents learn of both by their control document. */
export function createSwitches({ db }: { db: Database }) {
  return {
    /**
     * Switches uploading on, paused or off (`UPLOAD_MODES` says what each means). `held` is what becomes, when it is on again, of what was
     * held meanwhile. Setting what is set already changes nothing.
     */
    async setUploads(
      ctx: ServiceContext,
      input: { agentId: string; mode: UploadMode; held: HeldDecision },
    ): Promise<{ mode: UploadMode; held: HeldDecision; since: Date }> {
      return db.transaction(async (tx) => {
        const { agent } = await requireLiveAgent(tx, ctx, input.agentId);
        const { mode, held } = input;
        if (agent.uploadMode === mode && agent.uploadHeld === held) {
          return { mode, held, since: agent.uploadModeSince ?? agent.createdAt };
        }
        const since = ctx.now();
        await setUploadMode(tx, agent.id, {
          uploadMode: mode,
          uploadHeld: held,
          uploadModeSince: since,
          uploadModeBy: actingPerson(ctx),
        });
        await agentChanged(tx, ctx, agent, 'agent.setUploads', { mode, held, before: agent.uploadMode });
        return { mode, held, since };
      });
    },

    /** Asks the agent to do something once. CONFLICT when a hundred things wait for it already. */
    async command(
      ctx: ServiceContext,
      input: { agentId: string } & Omit<AgentCommand, 'id'>,
    ): Promise<{ commandId: string }> {
      return db.transaction(async (tx) => {
        const { agent } = await requireLiveAgent(tx, ctx, input.agentId);
        const { kind, ids, source } = input;
        const waiting = await openCommands(tx, agent.id, MAX_OPEN_COMMANDS);
        if (waiting.length >= MAX_OPEN_COMMANDS) {
          throw new AppError(
            'CONFLICT',
            `${agent.name} has ${MAX_OPEN_COMMANDS} commands to do already: wait until it has told of some.`,
          );
        }
        const commandId = ctx.newId();
        await insertCommand(tx, {
          id: commandId,
          agentId: agent.id,
          kind,
          ids: [...ids],
          source,
          createdAt: ctx.now(),
          createdBy: actingPerson(ctx),
        });
        await agentChanged(tx, ctx, agent, 'agent.command', { commandId, kind, source, ids: ids.length });
        return { commandId };
      });
    },

    /** The newest commands with their outcomes, newest first; `outcome` null while the agent has not told. */
    async commands(ctx: ServiceContext, input: { agentId: string }): Promise<CommandView[]> {
      const { agent } = await requireOwnAgent(db, ctx, input.agentId);
      return newestCommands(db, agent.id, COMMANDS_SHOWN);
    },
  };
}
