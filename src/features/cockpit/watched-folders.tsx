'use client';
import { FolderSearch, Send } from 'lucide-react';
import { formatBytes, formatCount, formatDuration } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Status, type Tone } from '#src/components/ui/status.tsx';
import type { CockpitAgent } from '#src/server/domain/instruments/cockpit.service.ts';
import type { FolderSourceStatus } from '#src/shared/contracts/agent-control.ts';
import { SOURCE_FILE_STATES, type SourceFileState } from '#src/shared/model/states.ts';
import { Ago } from './ago.tsx';
import { agentWords, type Moment } from './connection.ts';
import { LOST_REASON } from './server-lost.tsx';
import { useAgentCommand } from './use-agent-command.ts';

const WATCH_WORDS: Readonly<Record<FolderSourceStatus['watch'], { tone: Tone; word: string }>> = {
  events: { tone: 'ok', word: 'watched' },
  polling: { tone: 'running', word: 'looked through regularly' },
  'not-there': { tone: 'failed', word: 'not there' },
};

const STATE_WORDS: Readonly<Record<SourceFileState, string>> = {
  seen: 'seen',
  settling: 'still being written',
  hashing: 'being hashed',
  uploading: 'uploading',
  committing: 'being recorded',
  confirmed: 'stored',
  held: 'held',
  'left-out': 'left out',
  poisoned: 'cannot be sent',
};

/** The sentence begins with the path for those who read it in a log; here that stands above it. */
const withoutPath = (fault: string, path: string) =>
  fault.startsWith(`${path}: `) ? fault.slice(path.length + 2) : fault;

function FolderRow({
  agent,
  folder,
  moment,
  refresh,
}: {
  agent: Pick<CockpitAgent, 'id' | 'name' | 'lastSeenAt' | 'licence'>;
  folder: FolderSourceStatus;
  moment: Moment;
  refresh: () => void;
}) {
  const { ask, isPending } = useAgentCommand(agent, refresh);
  const isHeard = agentWords(agent, moment).silence === null;
  const watch: { tone: Tone; word: string } = isHeard
    ? WATCH_WORDS[folder.watch]
    : { tone: 'muted', word: 'unknown' };
  const counts = SOURCE_FILE_STATES.flatMap((state) => {
    const files = folder.states[state] ?? 0;
    return files > 0 ? [{ state, files }] : [];
  });
  const leftOut = folder.states['left-out'] ?? 0;
  const lost = moment.isServerLost ? { disabled: true, title: LOST_REASON } : {};
  return (
    <li className="grid grid-cols-1 gap-0.5 px-3 py-2 text-xs">
      <div className="flex flex-wrap items-center gap-x-2">
        <span className="font-medium text-sm">{folder.name}</span>
        <span className="wrap-anywhere min-w-0 font-mono text-ink-faint">{folder.path}</span>
        <Status tone={watch.tone} className="ml-auto text-xs">
          {watch.word}
        </Status>
      </div>
      {isHeard && folder.fault && <p className="text-failed">{withoutPath(folder.fault, folder.path)}</p>}
      <p className="flex flex-wrap gap-x-3 text-ink-soft">
        {counts.length === 0 && <span>no file since the start</span>}
        {counts.map(({ state, files }) => (
          <span key={state} className={state === 'poisoned' ? 'text-failed' : undefined}>
            {formatCount(files)} {STATE_WORDS[state]}
          </span>
        ))}
        {folder.waitingBytes > 0 && <span>{formatBytes(folder.waitingBytes)} wait</span>}
      </p>
      <div className="flex flex-wrap items-center gap-x-3 text-ink-faint">
        <span>
          {folder.lastScan ? (
            <>
              scanned <Ago at={new Date(folder.lastScan.at)} now={moment.now} />:{' '}
              {formatCount(folder.lastScan.entries)} entries in {formatDuration(folder.lastScan.tookMs)}
              {folder.lastScan.cpuMs !== undefined &&
                folder.lastScan.cpuMs >= 1000 &&
                `, ${formatDuration(folder.lastScan.cpuMs)} of a processor`}
            </>
          ) : (
            'not scanned yet'
          )}
        </span>
        {folder.lastEventAt && (
          <span>
            last change <Ago at={new Date(folder.lastEventAt)} now={moment.now} />
          </span>
        )}
        <span className="ml-auto flex gap-1">
          {leftOut > 0 && (
            <Button
              look="quiet"
              size="sm"
              busy={isPending}
              onClick={() => ask({ kind: 'send-left-out', source: folder.name })}
              {...lost}
            >
              <Send aria-hidden /> Send what was left out
            </Button>
          )}
          <Button
            look="quiet"
            size="sm"
            busy={isPending}
            onClick={() => ask({ kind: 'rescan', source: folder.name })}
            {...lost}
          >
            <FolderSearch aria-hidden /> Rescan
          </Button>
        </span>
      </div>
    </li>
  );
}

/** The folders an agent watches: whether it can, where their files stand, when it looked last. */
export function WatchedFolders({
  agent,
  folders,
  moment,
  refresh,
}: {
  agent: Pick<CockpitAgent, 'id' | 'name' | 'lastSeenAt' | 'licence'>;
  folders: readonly FolderSourceStatus[];
  moment: Moment;
  refresh: () => void;
}) {
  if (folders.length === 0) return null;
  return (
    <ul aria-label={`Watched folders of ${agent.name}`} className="divide-y">
      {folders.map((folder) => (
        <FolderRow key={folder.name} agent={agent} folder={folder} moment={moment} refresh={refresh} />
      ))}
    </ul>
  );
}
