import { formatDuration, formatRate } from '#src/components/format.ts';
import type { Tone } from '#src/components/ui/status.tsx';
import type { WallAgent, WallView } from '#src/server/domain/instruments/wall.service.ts';
import { plainAlarm } from '#src/shared/model/alarm-words.ts';
import { agentWords, type Moment } from '../connection.ts';
import { MODE_WORDS } from '../uplink-words.ts';

export interface WallWords {
  tone: Tone;
  text: string;
}

/** What is the matter, in the words that name nothing but the facility's own machines. */
export const alarmWords = ({ code, agentName, step }: WallView['alarms'][number]): string =>
  plainAlarm(code, { agentName, source: null, step });

/** The one word of the display: whether data come, and whether they belong to somebody. */
export function stateWords({ active, arriving }: WallView, { isServerLost }: Moment): WallWords {
  if (isServerLost) return { tone: 'muted', text: 'Not known' };
  if (arriving.length > 0) {
    return active
      ? { tone: 'running', text: 'Measuring' }
      : { tone: 'warn', text: 'Data without an experiment' };
  }
  return active ? { tone: 'ok', text: 'Ready' } : { tone: 'muted', text: 'No experiment active' };
}

/** "HUB connected", "SYNC no contact, 4 min", "HUB paused": what is not as it should be goes first. */
export function wallAgentWords(agent: WallAgent, moment: Moment): WallWords {
  if (agent.isRefused && !moment.isServerLost) return { tone: 'failed', text: `${agent.name} refused` };
  const { tone, word, ago } = agentWords({ lastSeenAt: agent.lastSeenAt, licence: null }, moment);
  if (tone !== 'ok') return { tone, text: [agent.name, word, ago].filter((part) => part !== null).join(' ') };
  if (agent.uploads === 'on') return { tone: 'ok', text: `${agent.name} connected` };
  return { tone: 'warn', text: `${agent.name} uploads ${MODE_WORDS[agent.uploads].word}` };
}

/** Sums over the agents that are heard; null where none is. */
export function throughput(agents: readonly WallAgent[], moment: Moment) {
  const heard = agents.filter((agent) => {
    const { tone } = agentWords({ lastSeenAt: agent.lastSeenAt, licence: null }, moment);
    return agent.told !== null && !agent.isRefused && (tone === 'ok' || tone === 'warn');
  });
  if (heard.length === 0) return null;
  const sum = (value: (told: NonNullable<WallAgent['told']>) => number) =>
    heard.reduce((total, { told }) => total + (told ? value(told) : 0), 0);
  return {
    receivedBytesPerS: sum((told) => told.receivedBytesPerS),
    uploadedBytesPerS: sum((told) => told.uploadedBytesPerS),
    framesPerS: sum((told) => told.framesPerS),
    waitingBytes: sum((told) => told.queue.bytes),
  };
}

/** "0.4 s": how long 95 of 100 files of the last hour took; loud when that is more than promised. */
export function latencyWords({ latency, instrument }: WallView): WallWords {
  if (latency.p95Ms === null) return { tone: 'muted', text: '–' };
  const tone = latency.p95Ms <= instrument.promiseMs ? 'ok' : 'warn';
  return { tone, text: formatDuration(latency.p95Ms) };
}

export const rateWords = (bytesPerS: number | undefined): string =>
  bytesPerS === undefined ? '–' : formatRate(bytesPerS);
