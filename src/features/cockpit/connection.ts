import type { DetectorStatus } from '#src/shared/contracts/agent-api.ts';

/** Agents send a heartbeat every 2 s; three missed ones are worth a look, fifteen are an outage. */
const LATE_MS = 7_000;
const LOST_MS = 30_000;

export interface ConnectionWords {
  tone: 'ok' | 'warn' | 'failed' | 'muted';
  word: string;
  /** "3 s ago"; null when it never came. */
  ago: string | null;
}

/** "3 s", "2 min 05 s", "4 h 10 min", "3 days": counts up in steps a person can follow. */
export function elapsedWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} days`;
}

export function connectionWords(lastSeenAt: Date | null, now: Date): ConnectionWords {
  if (!lastSeenAt) return { tone: 'muted', word: 'never connected', ago: null };
  const ageMs = now.getTime() - lastSeenAt.getTime();
  const ago = `${elapsedWords(ageMs)} ago`;
  if (ageMs < LATE_MS) return { tone: 'ok', word: 'connected', ago };
  if (ageMs < LOST_MS) return { tone: 'warn', word: 'late', ago };
  return { tone: 'failed', word: 'no contact', ago };
}

export interface DetectorWords {
  tone: 'ok' | 'running' | 'queued' | 'warn' | 'failed' | 'muted';
  word: string;
}

/** The state of a detector's stream; when its agent is out of contact nothing is claimed about it. */
export function detectorWords(
  detector: Pick<DetectorStatus, 'state'>,
  agentReachable: boolean,
): DetectorWords {
  if (!agentReachable) return { tone: 'muted', word: 'unknown' };
  switch (detector.state) {
    case 'receiving':
      return { tone: 'running', word: 'receiving' };
    case 'connected':
      return { tone: 'ok', word: 'connected' };
    case 'connecting':
      return { tone: 'queued', word: 'connecting' };
    case 'error':
      return { tone: 'failed', word: 'error' };
  }
}
