'use client';
import { useMutation } from '@tanstack/react-query';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { AGENT_COMMANDS } from '#src/shared/contracts/agent-control.ts';

interface Command {
  kind: (typeof AGENT_COMMANDS)[number];
  /** Entries of the poison list; all when empty. */
  ids?: string[];
  /** Name of a watched folder; all when null. */
  source?: string | null;
}

/** Asks an agent to do something; what came of it is told with its heartbeat. */
export function useAgentCommand(agent: { id: string; name: string }, refresh: () => void) {
  const trpc = useTRPC();
  const command = useMutation(
    trpc.agents.command.mutationOptions({
      onSuccess: () => toast.say(`${agent.name} was asked; it answers with its next heartbeats`),
      onError: (error) => toast.failed(error),
      onSettled: refresh,
    }),
  );
  const ask = ({ kind, ids = [], source = null }: Command) =>
    command.mutate({ agentId: agent.id, kind, ids, source });
  return { ask, isPending: command.isPending };
}
