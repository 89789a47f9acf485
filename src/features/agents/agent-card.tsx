'use client';
import { useMutation } from '@tanstack/react-query';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { AgentView } from '#src/server/domain/agents/agent-view.ts';
import type { DestinationSource } from '#src/shared/model/destination.ts';
import { CommandList } from './command-list.tsx';
import { Destinations } from './destinations.tsx';
import { IssueLicence, RestoreLicence, RevokeLicence } from './licence-actions.tsx';
import { LicenceFacts } from './licence-facts.tsx';

const MODE_WORDS = { on: 'on', paused: 'paused', off: 'off' } as const;

function RemoveAgent({ agent, refresh }: { agent: AgentView; refresh: () => void }) {
  const trpc = useTRPC();
  const remove = useMutation(trpc.agents.remove.mutationOptions({ onSettled: refresh }));
  return (
    <ConfirmDialog
      trigger={
        <Button size="sm" look="quiet">
          Remove
        </Button>
      }
      title={`Remove ${agent.name} for good?`}
      action={`Remove ${agent.name}`}
      onConfirm={async () => {
        await remove.mutateAsync({ agentId: agent.id });
        toast.done(`${agent.name} is removed`);
      }}
    >
      What {agent.name} brought stays. What is still at its machine is not sent any more. An agent that was
      removed cannot come back under its name: revoke its licence instead to stop it for a while.
    </ConfirmDialog>
  );
}

/** One agent: its licence and what can be done about it, its switch, where its data go, what it was asked to do. */
export function AgentCard({
  agent,
  sources,
  refresh,
}: {
  agent: AgentView;
  sources: readonly DestinationSource[];
  refresh: () => void;
}) {
  const { licence, waitingLicence, uploads } = agent;
  return (
    <Card aria-label={agent.name}>
      <header className="flex flex-wrap items-center gap-2 border-b px-3 py-2">
        <h2 className="font-semibold text-base">{agent.name}</h2>
        <Badge>{agent.kind.toUpperCase()}</Badge>
        {agent.version && <span className="font-mono text-ink-faint text-xs">{agent.version}</span>}
        <span className="ml-auto text-ink-faint text-xs">
          {agent.lastSeenAt ? (
            <>
              last heard <RelativeTime at={agent.lastSeenAt} />
            </>
          ) : (
            'never heard'
          )}
        </span>
      </header>
      <div className="grid gap-3 p-3">
        {licence ? (
          <LicenceFacts licence={licence} />
        ) : (
          <p className="text-ink-soft text-sm">No licence yet: issue one, it cannot send anything without.</p>
        )}
        {waitingLicence && (
          <section aria-label="New licence" className="grid gap-1 rounded-md border p-2">
            <p className="text-ink-soft text-xs">A newer licence waits to be enrolled:</p>
            <LicenceFacts licence={waitingLicence} />
          </section>
        )}
        <div className="flex flex-wrap gap-2">
          <IssueLicence agent={agent} refresh={refresh} />
          {licence &&
            (licence.revokedAt ? (
              <RestoreLicence agent={agent} refresh={refresh} />
            ) : (
              <RevokeLicence agent={agent} refresh={refresh} />
            ))}
          <RemoveAgent agent={agent} refresh={refresh} />
        </div>
        <p className="text-ink-soft text-xs">
          uploads switched {MODE_WORDS[uploads.mode]} <RelativeTime at={uploads.since} />
          {uploads.byName && ` by ${uploads.byName}`}
        </p>
      </div>
      <Destinations agent={agent} sources={sources} refresh={refresh} />
      <CommandList agent={agent} />
    </Card>
  );
}
