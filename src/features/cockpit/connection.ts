import type { CockpitAgent } from '#src/server/domain/instruments/cockpit.service.ts';
import type { DetectorStatus } from '#src/shared/contracts/agent-api.ts';
import { silentSince } from '#src/shared/model/agent-alarms.ts';
import type { LicenceState } from '#src/shared/model/licence-state.ts';

/** When the page speaks: its clock, and whether it still hears from the server. */
export interface Moment {
  /** Server time; stands still at the last answer while the server is away. */
  now: Date;
  /** Server time of the last answer: what agents do is known up to here and no further. */
  answeredAt: Date;
  isServerLost: boolean;
}

/** What the page knows of its questions to the server; times on the browser's clock in ms. */
export interface AnswerState {
  isFailing: boolean;
  /** The browser itself is without network, so that the question is not even asked. */
  isPaused: boolean;
  /** A question waits for its answer longer than any takes. */
  isOverdue: boolean;
  answeredAtMs: number;
  live: { status: 'connecting' | 'live' | 'reconnecting'; since: number };
}

/** Whether what is shown may be out of date: questions fail, or the live connection broke and nothing was answered since. */
export function isServerLost({ isFailing, isPaused, isOverdue, answeredAtMs, live }: AnswerState): boolean {
  if (isFailing || isPaused || isOverdue) return true;
  return live.status === 'reconnecting' && answeredAtMs < live.since;
}

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

/**
 * How an agent is, judged when the server answered: that the page has not asked since says nothing about the agent, only the age goes
 * on. While the server is away nothing is claimed.
 */
export function connectionWords(
  lastSeenAt: Date | null,
  { now, answeredAt, isServerLost }: Moment,
): ConnectionWords {
  if (isServerLost) return { tone: 'muted', word: 'unknown', ago: null };
  if (!lastSeenAt) return { tone: 'muted', word: 'never connected', ago: null };
  const ageMs = answeredAt.getTime() - lastSeenAt.getTime();
  const ago = `${elapsedWords(now.getTime() - lastSeenAt.getTime())} ago`;
  if (ageMs < LATE_MS) return { tone: 'ok', word: 'connected', ago };
  if (ageMs < LOST_MS) return { tone: 'warn', word: 'late', ago };
  return { tone: 'failed', word: 'no contact', ago };
}

const REFUSED_WORDS: Readonly<Partial<Record<LicenceState, string>>> = {
  revoked: 'refused: licence revoked',
  expired: 'refused: licence expired',
};

export interface AgentWords extends ConnectionWords {
  /** Why what it last told need not be so any more; null while it is heard. */
  silence: string | null;
}

/**
 * How an agent stands. One whose licence is not valid is refused by the server, whenever it was last heard; members are not told of
 * licences, for them it is out of contact.
 */
export function agentWords(
  { lastSeenAt, licence }: Pick<CockpitAgent, 'lastSeenAt' | 'licence'>,
  moment: Moment,
): AgentWords {
  const refused = licence && !moment.isServerLost ? REFUSED_WORDS[licence.state] : undefined;
  if (refused) return { tone: 'failed', word: refused, ago: null, silence: 'its licence is not valid' };
  const words = connectionWords(lastSeenAt, moment);
  const isHeard = words.tone === 'ok' || words.tone === 'warn';
  return { ...words, silence: isHeard ? null : 'no contact with the agent' };
}

export interface DetectorWords {
  tone: 'ok' | 'running' | 'queued' | 'warn' | 'failed' | 'muted';
  word: string;
}

/** The state of a detector's stream; when its agent is out of contact nothing is claimed about it. */
export function detectorWords(
  detector: Pick<DetectorStatus, 'state' | 'lastMessageAt' | 'series'>,
  agentReachable: boolean,
  now: Date,
): DetectorWords {
  if (!agentReachable) return { tone: 'muted', word: 'unknown' };
  if (detector.state !== 'error' && silentSince(detector, now))
    return { tone: 'warn', word: 'nothing comes' };
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

/** The agent's last error, unless one of its detectors already tells it: null then, and when there is none. */
export function agentErrorOf(
  agent: Pick<CockpitAgent, 'status'> & { detectors: readonly Pick<DetectorStatus, 'lastError'>[] },
): DetectorStatus['lastError'] {
  const error = agent.status?.lastError ?? null;
  const isTold = agent.detectors.some(
    ({ lastError }) => lastError !== null && lastError.at === error?.at && lastError.code === error.code,
  );
  return isTold ? null : error;
}
