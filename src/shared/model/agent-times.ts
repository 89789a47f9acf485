import type { DetectorStatus, HeartbeatRequest } from '../contracts/agent-api.ts';
import type { FolderSourceStatus, PoisonedFile } from '../contracts/agent-control.ts';

type Fault = HeartbeatRequest['lastError'];

/** What an agent tells with times of its own clock. Agents of older versions leave some of it out. */
interface Told {
  clock: { offsetMs: number | null };
  startedAt: string;
  lastError: Fault;
  detectors: readonly DetectorStatus[];
  uploads?: { by: 'server' | 'site'; since: string } | null | undefined;
  folders?: readonly FolderSourceStatus[] | undefined;
  poisoned?: readonly PoisonedFile[] | undefined;
}

/**
 * The same with the times of the agent's clock on the server's, so that nobody reads "an hour ago" of what came just now. A switch by the
 * server has its time from there, and so has what is held by it.
 */
export function onServerClock<T extends Told>(status: T): T {
  const { offsetMs } = status.clock;
  if (!offsetMs) return status;
  const time = (at: string) => new Date(Date.parse(at) + offsetMs).toISOString();
  const maybe = (at: string | null) => at && time(at);
  const fault = (lastError: Fault) => lastError && { ...lastError, at: time(lastError.at) };
  const { uploads, folders, poisoned } = status;
  return {
    ...status,
    startedAt: time(status.startedAt),
    lastError: fault(status.lastError),
    detectors: status.detectors.map((detector) => ({
      ...detector,
      ...{ lastMessageAt: maybe(detector.lastMessageAt), lastError: fault(detector.lastError) },
    })),
    ...(uploads?.by === 'site' && { uploads: { ...uploads, since: time(uploads.since) } }),
    ...(folders && {
      folders: folders.map((folder) => ({
        ...folder,
        lastEventAt: maybe(folder.lastEventAt),
        lastScan: folder.lastScan && { ...folder.lastScan, at: time(folder.lastScan.at) },
      })),
    }),
    ...(poisoned && { poisoned: poisoned.map((file) => ({ ...file, since: time(file.since) })) }),
  };
}
