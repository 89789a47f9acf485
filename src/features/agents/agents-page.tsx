'use client';
import { useQuery } from '@tanstack/react-query';
import { Plus, RadioTower } from 'lucide-react';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { StaffOnly, useInstrument } from '#src/features/instrument/index.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { InstrumentTokens } from '#src/features/tokens/index.ts';
import { AgentCard } from './agent-card.tsx';
import { NewAgent } from './new-agent.tsx';
import { StreamFieldsCard } from './stream-fields-card.tsx';
import { useSources } from './use-sources.ts';

const ASK_EVERY_MS = 1000;

function Agents() {
  const trpc = useTRPC();
  const instrument = useInstrument();
  const options = trpc.agents.list.queryOptions({ instrumentId: instrument.id });
  const list = useQuery(options);
  const sources = useSources(instrument.slug);
  const refresh = useAskSoon(options.queryKey, ASK_EVERY_MS);
  useLive([`instrument:${instrument.id}`], ({ kind }) => {
    if (kind === 'agent.changed' || kind === 'agent.heartbeat') refresh();
  });
  return (
    <div className="grid grid-cols-1 gap-3 p-3 sm:p-4">
      <header className="flex flex-wrap items-center gap-3">
        <h1 className="font-semibold text-xl tracking-tight">Agents of {instrument.name}</h1>
        <div className="ml-auto">
          <NewAgent
            instrument={instrument}
            refresh={refresh}
            trigger={
              <Button look="primary">
                <Plus aria-hidden /> New agent
              </Button>
            }
          />
        </div>
      </header>
      {list.isPending && <SkeletonRows />}
      {list.isError && !list.data && <ErrorState error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <EmptyState icon={RadioTower} title="No agent yet">
          An agent is the program that brings data here: a HUB for the streams of detectors, a SYNC for
          folders on a computer. Make one, and bring its licence file to its machine.
        </EmptyState>
      )}
      <div className="grid grid-cols-1 items-start gap-3 xl:grid-cols-2">
        {list.data?.map((agent) => (
          <AgentCard key={agent.id} agent={agent} sources={sources.get(agent.id) ?? []} refresh={refresh} />
        ))}
      </div>
      <StreamFieldsCard instrument={instrument} />
      <InstrumentTokens instrument={instrument} />
    </div>
  );
}

/** The agents of an instrument: who may send data for it, until when, and where these go. */
export function AgentsPage() {
  return (
    <StaffOnly>
      <Agents />
    </StaffOnly>
  );
}
