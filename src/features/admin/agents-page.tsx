'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Radar } from 'lucide-react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { Table, Td, Th, Tr } from '#src/components/ui/table.tsx';
import {
  IssueLicence,
  LastDay,
  LICENCE_WORDS,
  NewAgent,
  RestoreLicence,
  RevokeLicence,
} from '#src/features/agents/index.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import type { InstrumentAgents, LicensedAgent } from '#src/server/domain/agents/agent-view.ts';
import { AdminPage, useAdminFacility } from './admin-frame.tsx';

/** Agents say every few seconds that they are there; staff change licences too. */
const ASK_EVERY_MS = 15_000;

/** Whether the agent may send, and why not; and whether a newer licence waits to be brought to its machine. */
function LicenceState({ agent: { licence, waitingLicence } }: { agent: LicensedAgent }) {
  if (!licence) return <Status tone="warn">no licence</Status>;
  const { tone, word } = LICENCE_WORDS[licence.state];
  return (
    <div className="grid gap-0.5">
      <Status tone={tone}>{word}</Status>
      {licence.revokedAt && (
        <span className="wrap-anywhere text-ink-soft text-xs">
          <RelativeTime at={licence.revokedAt} />
          {licence.revokedByName && ` by ${licence.revokedByName}`}
          {licence.revokedReason && `: ${licence.revokedReason}`}
        </span>
      )}
      {licence.state !== 'revoked' && (
        <span className="text-ink-soft text-xs sm:hidden">
          until <LastDay at={licence.expiresAt} />
        </span>
      )}
      {waitingLicence && <span className="text-ink-soft text-xs">a newer licence waits to be enrolled</span>}
    </div>
  );
}

function AgentRow({ agent, refresh }: { agent: LicensedAgent; refresh: () => void }) {
  const { name, kind, version, lastSeenAt, licence } = agent;
  return (
    <Tr>
      <Td className="py-1.5">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="font-medium">{name}</span>
          <Badge>{kind.toUpperCase()}</Badge>
          {version && <span className="font-mono text-ink-faint text-xs max-md:hidden">{version}</span>}
        </span>
      </Td>
      <Td className="py-1.5">
        <LicenceState agent={agent} />
      </Td>
      <Td className="whitespace-nowrap text-ink-soft max-sm:hidden">
        {lastSeenAt ? <RelativeTime at={lastSeenAt} /> : 'never'}
      </Td>
      <Td className="text-ink-soft max-sm:hidden">{licence ? <LastDay at={licence.expiresAt} /> : '–'}</Td>
      <Td className="py-1.5">
        <div className="flex flex-wrap justify-end gap-2">
          <IssueLicence agent={agent} refresh={refresh} />
          {licence &&
            (licence.revokedAt ? (
              <RestoreLicence agent={agent} refresh={refresh} />
            ) : (
              <RevokeLicence agent={agent} refresh={refresh} />
            ))}
        </div>
      </Td>
    </Tr>
  );
}

function InstrumentCard({
  of: { instrument, agents },
  refresh,
}: {
  of: InstrumentAgents;
  refresh: () => void;
}) {
  return (
    <Card aria-label={instrument.name}>
      <CardHeader title={instrument.name} hint={<span className="font-mono">{instrument.slug}</span>}>
        <NewAgent
          instrument={instrument}
          refresh={refresh}
          trigger={
            <Button size="sm" aria-label={`New agent of ${instrument.name}`}>
              <Plus aria-hidden /> New agent
            </Button>
          }
        />
      </CardHeader>
      {agents.length === 0 ? (
        <p className="px-4 py-3 text-ink-soft text-sm">No agent yet: nothing can bring data from here.</p>
      ) : (
        <div className="relative overflow-x-auto">
          <Table aria-label={`Agents of ${instrument.name}`}>
            <thead>
              <tr>
                <Th>Agent</Th>
                <Th>Licence</Th>
                <Th className="max-sm:hidden">Last heard</Th>
                <Th className="max-sm:hidden">Until</Th>
                <Th>
                  <span className="sr-only">Actions</span>
                </Th>
              </tr>
            </thead>
            <tbody>
              {agents.map((agent) => (
                <AgentRow key={agent.id} agent={agent} refresh={refresh} />
              ))}
            </tbody>
          </Table>
        </div>
      )}
    </Card>
  );
}

/** The agents of all instruments of the facility: which of them may send data, until when. Where data go is the business of staff. */
export function FacilityAgentsPage() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { facilityId } = useAdminFacility();
  const options = trpc.agents.ofFacility.queryOptions({ facilityId }, { refetchInterval: ASK_EVERY_MS });
  const list = useQuery(options);
  const refresh = () => void queries.invalidateQueries({ queryKey: options.queryKey });
  const body = () => {
    if (list.isPending) return <SkeletonRows rows={4} />;
    if (list.isError && !list.data)
      return <ErrorState error={list.error} retry={() => void list.refetch()} />;
    if (list.data.length === 0) {
      return (
        <Card>
          <EmptyState icon={Radar} title="No instruments yet">
            An agent brings the data of one instrument. Make the instrument first, on the page Instruments.
          </EmptyState>
        </Card>
      );
    }
    return list.data.map((each) => <InstrumentCard key={each.instrument.id} of={each} refresh={refresh} />);
  };
  return (
    <AdminPage
      title="Agents"
      about="Programs that bring data from the instruments, and the licences that let them. Staff of each instrument see to the rest: switches, destinations, removal."
    >
      {body()}
    </AdminPage>
  );
}
