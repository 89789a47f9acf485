'use client';
import { TriangleAlert } from 'lucide-react';
import { formatDuration } from '#src/components/format.ts';
import { useExactTimes } from '#src/components/relative-time.tsx';
import { Status } from '#src/components/ui/status.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { agentWords, type Moment } from './connection.ts';
import { UploadStates, UploadSwitches } from './upload-switch.tsx';
import { WallDialog } from './wall/wall-dialog.tsx';

function Promise95({ view, isServerLost }: { view: CockpitView; isServerLost: boolean }) {
  const { latency, alarms } = view;
  const { promiseMs } = view.instrument;
  if (latency.p95Ms === null) {
    return (
      <Status tone="muted" title="No file arrived in the last hour.">
        promise {formatDuration(promiseMs)}: no files yet
      </Status>
    );
  }
  // The alarm looks at the newest files: the whole hour may still be well.
  const brokenLately = alarms.some(({ code }) => code === 'promise-broken');
  const kept = latency.p95Ms <= promiseMs && !brokenLately;
  return (
    <Status
      tone={kept ? (isServerLost ? 'muted' : 'ok') : 'warn'}
      icon={kept ? undefined : TriangleAlert}
      title={`95 of 100 files of the last hour were readable in the store ${formatDuration(latency.p95Ms)} after their last frame or byte at the agent, or faster.`}
    >
      promise {formatDuration(promiseMs)}
      {brokenLately ? ' broken lately; last hour p95 ' : ': p95 '}
      {formatDuration(latency.p95Ms)}
    </Status>
  );
}

/** One line that says whether the instrument is well: agents in contact, the latency promise kept, and whether data are uploaded. */
export function CockpitHeader({
  view,
  moment,
  refresh,
}: {
  view: CockpitView;
  moment: Moment;
  refresh: () => void;
}) {
  const exactly = useExactTimes();
  return (
    <header className="flex flex-wrap items-center gap-x-5 gap-y-1">
      <h1 className="font-semibold text-xl tracking-tight">{view.instrument.name}</h1>
      {view.agents.map((agent) => {
        const words = agentWords(agent, moment);
        return (
          <Status
            key={agent.id}
            tone={words.tone}
            title={agent.lastSeenAt ? `Last heartbeat\n${exactly(agent.lastSeenAt)}` : undefined}
          >
            {agent.name} {words.word}
            {words.ago && <span className="font-normal text-ink-soft"> {words.ago}</span>}
          </Status>
        );
      })}
      {view.agents.length === 0 && <Status tone="muted">no agent set up</Status>}
      <Promise95 view={view} isServerLost={moment.isServerLost} />
      {view.scope === 'whole' ? (
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <UploadSwitches agents={view.agents} moment={moment} refresh={refresh} />
          <WallDialog instrument={view.instrument} />
        </div>
      ) : (
        <UploadStates agents={view.agents} moment={moment} />
      )}
    </header>
  );
}
