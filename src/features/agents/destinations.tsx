'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { AgentView } from '#src/server/domain/agents/agent-view.ts';
import { type DestinationSource, defaultDestination } from '#src/shared/model/destination.ts';
import { DestinationEditor } from './destination-editor.tsx';

const KIND_WORDS = { stream: 'detector', folder: 'folder' } as const;

function History({ agent }: { agent: AgentView }) {
  const trpc = useTRPC();
  const told = useQuery(trpc.agents.destinations.queryOptions({ agentId: agent.id }));
  if (told.isError) return <ErrorState error={told.error} retry={() => void told.refetch()} />;
  return (
    <ul className="divide-y border-t" aria-label="History of destinations">
      {told.data?.history.map((entry) => (
        <li
          key={`${entry.source} ${entry.since.toISOString()}`}
          className="flex flex-wrap gap-x-3 px-3 py-1.5 text-xs"
        >
          <span>{entry.source}</span>
          <span className="wrap-anywhere font-mono">
            {entry.folder}/{entry.template}
          </span>
          <span className="ml-auto text-ink-faint">
            <RelativeTime at={entry.since} />
            {entry.createdByName && ` by ${entry.createdByName}`}
          </span>
        </li>
      ))}
      {told.data?.history.length === 0 && (
        <li className="px-3 py-1.5 text-ink-faint text-xs">Nobody has changed a destination yet.</li>
      )}
    </ul>
  );
}

/** Where the data of each source go within the experiment, and how to change it from the next acquisition on. */
export function Destinations({
  agent,
  sources,
  refresh,
}: {
  agent: AgentView;
  sources: readonly DestinationSource[];
  refresh: () => void;
}) {
  const [open, setOpen] = useState(false);
  const former = agent.destinations.filter((set) => !sources.some(({ name }) => name === set.source));
  return (
    <section aria-label={`Destinations of ${agent.name}`} className="border-t">
      <div className="flex items-center px-3 py-1">
        <h3 className="font-semibold text-sm">Destinations</h3>
        <Button
          look="quiet"
          size="sm"
          className="ml-auto"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Hide the history' : 'History'}
        </Button>
      </div>
      {sources.length === 0 && former.length === 0 && (
        <p className="px-3 pb-2 text-ink-faint text-xs">
          {agent.name} has not told of a detector or a folder yet. Each gets its destination here; until then
          data keep the names they come with, in raw or in the folder that a watched folder is named after.
        </p>
      )}
      <ul className="divide-y">
        {sources.map((source) => {
          const set = agent.destinations.find((known) => known.source === source.name);
          const { folder, template } = set ?? defaultDestination(source);
          return (
            <li
              key={source.name}
              className="flex flex-wrap items-center gap-x-3 gap-y-0.5 px-3 py-1.5 text-xs"
            >
              <span className="font-medium text-sm">{source.name}</span>
              <span className="text-ink-faint">{KIND_WORDS[source.kind]}</span>
              <span className="wrap-anywhere min-w-0 font-mono">
                {folder}/{template}
              </span>
              <span className="text-ink-faint">
                {set ? (
                  <>
                    set <RelativeTime at={set.since} />
                  </>
                ) : (
                  'as they come'
                )}
              </span>
              <span className="ml-auto">
                <DestinationEditor
                  agent={agent}
                  source={source}
                  current={{ folder, template }}
                  refresh={refresh}
                />
              </span>
            </li>
          );
        })}
        {former.map(({ source, folder, template, since }) => (
          <li key={source} className="flex flex-wrap items-center gap-x-3 px-3 py-1.5 text-ink-faint text-xs">
            <span className="text-sm">{source}</span>
            <span className="wrap-anywhere min-w-0 font-mono">
              {folder}/{template}
            </span>
            <span>
              set <RelativeTime at={since} />; {agent.name} does not tell of this source now
            </span>
          </li>
        ))}
      </ul>
      {open && <History agent={agent} />}
    </section>
  );
}
