'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { useInstrument } from '#src/features/instrument/index.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { AgentView } from '#src/server/domain/agents/agent-view.ts';
import type { CommandView } from '#src/server/domain/agents/switches.service.ts';

const KIND_WORDS: Readonly<Record<CommandView['kind'], string>> = {
  rescan: 'look through folders anew',
  'retry-poisoned': 'try files again that could not be sent',
  'send-left-out': 'send what was left out',
};

function Outcome({ command }: { command: CommandView }) {
  if (command.outcome === null) return <Status tone="queued">not told yet</Status>;
  return command.outcome === 'done' ? <Status tone="ok">done</Status> : <Status tone="failed">failed</Status>;
}

function Rows({ agent }: { agent: AgentView }) {
  const trpc = useTRPC();
  const instrument = useInstrument();
  const commands = useQuery(trpc.agents.commands.queryOptions({ agentId: agent.id }));
  useLive([`instrument:${instrument.id}`], ({ kind, data }) => {
    if (kind === 'agent.changed' && data.agentId === agent.id) void commands.refetch();
  });
  if (commands.isPending) return <SkeletonRows rows={2} />;
  if (!commands.data) return <ErrorState error={commands.error} retry={() => void commands.refetch()} />;
  if (commands.data.length === 0) {
    return (
      <p className="px-3 pb-2 text-ink-faint text-xs">
        Nothing yet. The cockpit's uplink panel asks for rescans and new tries.
      </p>
    );
  }
  return (
    <ul className="divide-y border-t">
      {commands.data.map((command) => (
        <li key={command.id} className="flex flex-wrap items-baseline gap-x-3 px-3 py-1.5 text-xs">
          <span>
            {KIND_WORDS[command.kind]}
            {command.source && <span className="font-mono text-ink-soft"> {command.source}</span>}
          </span>
          <span className="text-ink-faint">
            <RelativeTime at={command.createdAt} />
            {command.createdByName && ` by ${command.createdByName}`}
          </span>
          <span className="ml-auto [&_span]:text-xs">
            <Outcome command={command} />
          </span>
          {command.message && <span className="basis-full text-ink-soft">{command.message}</span>}
        </li>
      ))}
    </ul>
  );
}

/** What the agent was asked to do once, and what came of it. */
export function CommandList({ agent }: { agent: AgentView }) {
  const [open, setOpen] = useState(false);
  return (
    <section aria-label={`What ${agent.name} was asked`} className="border-t">
      <div className="flex items-center px-3 py-1">
        <h3 className="font-semibold text-sm">Commands</h3>
        <Button
          look="quiet"
          size="sm"
          className="ml-auto"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Hide' : 'Show'}
        </Button>
      </div>
      {open && <Rows agent={agent} />}
    </section>
  );
}
