'use client';
import { Radio } from 'lucide-react';
import Link from 'next/link';
import { formatCount, formatFrameRate } from '#src/components/format.ts';
import { ClockTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { CockpitAgent, CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import type { CockpitSurroundings } from '#src/server/domain/instruments/surroundings.service.ts';
import type { DetectorStatus } from '#src/shared/contracts/agent-api.ts';
import { Ago } from './ago.tsx';
import { AGENTS_ID } from './alarms-strip.tsx';
import { agentErrorOf, agentWords, detectorWords, elapsedWords, type Moment } from './connection.ts';
import { byConnection, type SeenDetector, sensorWords, sizeWords } from './detector-words.ts';

const FRESH_MS = 60_000;

const agoWords = (iso: string, now: Date) => `${elapsedWords(now.getTime() - Date.parse(iso))} ago`;

/** What went wrong last; loud while it is fresh, quiet when it is history. */
function LastError({ fault, now }: { fault: NonNullable<DetectorStatus['lastError']>; now: Date }) {
  const fresh = now.getTime() - Date.parse(fault.at) < FRESH_MS;
  return (
    <p className={fresh ? 'text-failed text-xs' : 'text-ink-faint text-xs'}>
      <span className="sr-only">last error: </span>
      <code>{fault.code}</code> {fault.message}{' '}
      <span className="text-ink-faint">· {agoWords(fault.at, now)}</span>
    </p>
  );
}

/** What the detector is, as its series told; and when the last one began. */
function Hardware({ seen, now }: { seen: SeenDetector; now: Date }) {
  const facts = [seen.description, seen.serialNumber, sizeWords(seen), sensorWords(seen)];
  return (
    <p className="text-ink-soft text-xs">
      {facts.filter(Boolean).join(' · ')}
      <span className="text-ink-faint">
        {' · '}last series <Ago at={seen.lastSeenAt} now={now} />
      </span>
    </p>
  );
}

function DetectorRow({
  detector,
  seen,
  reachable,
  now,
}: {
  detector: DetectorStatus;
  seen: SeenDetector | undefined;
  reachable: boolean;
  now: Date;
}) {
  const words = detectorWords(detector, reachable, now);
  const { series } = detector;
  const problems = Object.values(detector.problems).reduce((sum, count) => sum + count, 0);
  return (
    <li className="grid grid-cols-1 gap-1 px-3 py-2">
      <div className="flex items-center gap-2">
        <span className="truncate font-medium text-sm">{detector.name}</span>
        <span className="truncate text-ink-faint text-xs" title={detector.endpoints.join(', ')}>
          {detector.protocol} · {detector.mode}
        </span>
        <Status tone={words.tone} className="ml-auto">
          {words.word}
        </Status>
      </div>
      {seen && <Hardware seen={seen} now={now} />}
      <dl className="flex flex-wrap gap-x-4 text-ink-soft text-xs">
        <div className="flex gap-1">
          <dt className="text-ink-faint">last message</dt>
          <dd>
            {detector.lastMessageAt === null ? 'none since the start' : agoWords(detector.lastMessageAt, now)}
          </dd>
        </div>
        <div className="flex gap-1">
          <dt className="text-ink-faint">frames</dt>
          <dd>{formatCount(detector.frames)}</dd>
        </div>
        {reachable && series && (
          <div className="flex gap-1">
            <dt className="text-ink-faint">open series</dt>
            <dd>
              {formatCount(series.received)}
              {series.expected !== null && ` of ${formatCount(series.expected)}`}
            </dd>
          </div>
        )}
        {problems > 0 && (
          <div
            className="flex gap-1 text-warn"
            title={Object.entries(detector.problems)
              .map(([code, n]) => `${code}: ${n}`)
              .join('\n')}
          >
            <dt>faults</dt>
            <dd>{problems}</dd>
          </div>
        )}
      </dl>
      {detector.lastError && <LastError fault={detector.lastError} now={now} />}
    </li>
  );
}

function AgentSection({
  agent,
  seen,
  moment,
}: {
  agent: CockpitAgent;
  seen: ReadonlyMap<string, SeenDetector>;
  moment: Moment;
}) {
  const { now } = moment;
  const words = agentWords(agent, moment);
  const reachable = words.silence === null;
  const { status } = agent;
  const ownError = agentErrorOf(agent);
  return (
    <section aria-label={agent.name}>
      <div className="flex items-center gap-2 px-3 py-2">
        <h3 className="font-semibold text-sm">{agent.name}</h3>
        <span className="text-ink-faint text-xs">{agent.version}</span>
        <Status tone={words.tone} className="ml-auto">
          {words.word} {words.ago}
        </Status>
      </div>
      {status && (
        <div className="grid gap-1.5 px-3 pb-2 text-xs">
          {reachable && agent.kind === 'hub' && (
            <p className="text-ink-soft">{formatFrameRate(status.rates.framesPerS)}</p>
          )}
          <p className="text-ink-faint">
            {agent.kind === 'hub' ? 'frames and faults' : 'files'} counted since {agent.name} started at{' '}
            <ClockTime at={status.startedAt} className="text-ink-soft" />
          </p>
          {ownError && <LastError fault={ownError} now={now} />}
        </div>
      )}
      <ul className="divide-y border-t">
        {agent.detectors.map((detector) => (
          <DetectorRow
            key={detector.name}
            detector={detector}
            seen={seen.get(detector.name)}
            reachable={reachable}
            now={now}
          />
        ))}
      </ul>
    </section>
  );
}

/** Detectors that were seen and that no agent listens to now: known by their files, or taken away. */
function OtherDetectors({ detectors, now }: { detectors: readonly SeenDetector[]; now: Date }) {
  if (detectors.length === 0) return null;
  return (
    <section aria-label="Other detectors" className="border-t">
      <h3 className="px-3 pt-2 font-medium text-ink-soft text-xs">Seen in files, or earlier</h3>
      <ul className="divide-y">
        {detectors.map((seen) => (
          <li key={`${seen.name} ${seen.serialNumber}`} className="grid grid-cols-1 gap-0.5 px-3 py-2">
            <span className="wrap-anywhere font-medium text-sm">{seen.name || 'without a name'}</span>
            <Hardware seen={seen} now={now} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The agents of the instrument, what their detectors do, and what these are. */
export function AgentsCard({
  view,
  surroundings,
  moment,
}: {
  view: CockpitView;
  surroundings: CockpitSurroundings | null;
  moment: Moment;
}) {
  const names = new Set(view.agents.flatMap(({ detectors }) => detectors.map(({ name }) => name)));
  const { connected, others } = byConnection(surroundings?.detectors ?? [], names);
  return (
    <Card id={AGENTS_ID} aria-label="Detectors and agents" className="scroll-mt-4">
      <CardHeader title="Detectors and agents" />
      {view.agents.length === 0 ? (
        <EmptyState
          icon={Radio}
          title="No agent yet"
          action={
            view.scope === 'whole' ? (
              <Button asChild>
                <Link href={`/instruments/${view.instrument.slug}/agents`}>Set up an agent</Link>
              </Button>
            ) : undefined
          }
        >
          A HUB takes the detector's stream and a SYNC watches folders. Each is bound to one instrument by a
          licence that its staff make on the page Agents.
        </EmptyState>
      ) : (
        <div className="divide-y">
          {view.agents.map((agent) => (
            <AgentSection key={agent.id} agent={agent} seen={connected} moment={moment} />
          ))}
        </div>
      )}
      <OtherDetectors detectors={others} now={moment.now} />
    </Card>
  );
}
