'use client';
import { ArrowUpFromLine } from 'lucide-react';
import { exactBytes, formatBytes, formatCount, formatRate } from '#src/components/format.ts';
import { amountWords } from '#src/components/held-amount.ts';
import { Card, CardHeader, Figure } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { CockpitAgent, CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { UPLINK_ID } from './alarms-strip.tsx';
import { agentWords, type Moment } from './connection.ts';
import { HeldList } from './held-list.tsx';
import { MachineFacts } from './machine-facts.tsx';
import { RateCurve } from './rate-curve.tsx';
import { useRateHistory } from './rate-store.ts';
import { backlogWords, bufferWords } from './uplink-words.ts';

type AgentStatus = NonNullable<CockpitAgent['status']>;

function Rates({ agent, status, moment }: { agent: CockpitAgent; status: AgentStatus; moment: Moment }) {
  const history = useRateHistory(agent.id);
  const backlog = backlogWords(status, status.uploads?.mode ?? null);
  const buffer = bufferWords(status.bufferLastsS);
  const { rates, queue } = status;
  return (
    <>
      <div className="grid grid-cols-3 gap-3">
        <Figure label="up" value={formatRate(rates.uploadedBytesPerS)} />
        <Figure label="in" value={formatRate(rates.receivedBytesPerS)} />
        <Figure
          label="queue"
          value={<span title={exactBytes(queue.bytes)}>{formatBytes(queue.bytes)}</span>}
          note={`${formatCount(queue.files)} ${queue.files === 1 ? 'file' : 'files'}`}
        />
      </div>
      <RateCurve history={history} nowMs={moment.now.getTime()} />
      <p className="flex flex-wrap gap-x-4 gap-y-0.5">
        <Status tone={backlog.tone} className="whitespace-normal text-xs">
          backlog: {backlog.text}
        </Status>
        {buffer && (
          <Status
            tone={buffer.tone}
            className="whitespace-normal text-xs"
            title="As if data came as in the last minute and nothing were uploaded from now on."
          >
            {buffer.text}
          </Status>
        )}
      </p>
    </>
  );
}

function AgentUplink({ agent, named, moment }: { agent: CockpitAgent; named: boolean; moment: Moment }) {
  const { status } = agent;
  const { silence } = agentWords(agent, moment);
  const body = () => {
    if (!status) return <p className="text-ink-faint text-xs">{agent.name} has never been in contact.</p>;
    return (
      <>
        {silence === null ? (
          <Rates agent={agent} status={status} moment={moment} />
        ) : (
          <p className="text-ink-soft text-xs">
            The rates of {agent.name} are not known: {silence}. When it was last heard it had{' '}
            {amountWords(status.queue)} waiting, and its machine was as below.
          </p>
        )}
        <HeldList held={status.held} />
        <MachineFacts agent={agent} status={status} />
      </>
    );
  };
  return (
    <section aria-label={`Uplink of ${agent.name}`}>
      <div className="grid grid-cols-1 gap-2 px-3 py-2">
        {named && <h3 className="font-semibold text-sm">{agent.name}</h3>}
        {body()}
      </div>
    </section>
  );
}

/** How data leave the instrument: throughput, what waits and for how long, what is held, and how the machines are. */
export function UplinkCard({ view, moment }: { view: CockpitView; moment: Moment }) {
  return (
    <Card id={UPLINK_ID} aria-label="Uplink" className="scroll-mt-4">
      <CardHeader title="Uplink" hint="agents to store" />
      {view.agents.length === 0 ? (
        <EmptyState icon={ArrowUpFromLine} title="No agent yet" className="py-6">
          What agents send, and what waits with them, is shown here.
        </EmptyState>
      ) : (
        <div className="divide-y">
          {view.agents.map((agent) => (
            <AgentUplink key={agent.id} agent={agent} named={view.agents.length > 1} moment={moment} />
          ))}
        </div>
      )}
    </Card>
  );
}
