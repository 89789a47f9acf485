import { expect, it } from 'vitest';
import type { WallAgent, WallView } from '#src/server/domain/instruments/wall.service.ts';
import type { AlarmCode } from '#src/shared/model/alarm.ts';
import type { Moment } from '../connection.ts';
import { alarmWords, latencyWords, stateWords, throughput, wallAgentWords } from './wall-words.ts';

const now = new Date('2026-11-20T12:00:00Z');
const moment: Moment = { now, answeredAt: now, isServerLost: false };
const lost: Moment = { ...moment, isServerLost: true };

const agent = (changes: Partial<WallAgent> = {}): WallAgent => ({
  ...{ id: 'a', kind: 'hub', name: 'HUB', lastSeenAt: now, isRefused: false, uploads: 'on' },
  told: {
    ...{ receivedBytesPerS: 100, uploadedBytesPerS: 90, framesPerS: 5, bufferLastsS: null },
    queue: { files: 1, bytes: 7 },
  },
  ...changes,
});
const view = (changes: Partial<WallView>): WallView => ({
  ...{ at: now, facility: { name: 'F', timeZone: 'UTC' } },
  ...{ instrument: { slug: 'mx', name: 'MX', promiseMs: 3000 }, active: null, arriving: [] },
  ...{ today: { datasets: 0, frames: 0 }, latency: { count: 0, p50Ms: null, p95Ms: null } },
  ...{ compute: { running: 0, cpus: 0, waiting: 0 }, agents: [], alarms: [] },
  ...changes,
});
const active = { since: now, named: null };
const arriving = [{ id: 'd', framesStored: 1, framesExpected: 10 }];

it('has one word for how it stands', () => {
  expect(stateWords(view({ active, arriving }), moment)).toEqual({ tone: 'running', text: 'Measuring' });
  expect(stateWords(view({ arriving }), moment).tone).toBe('warn');
  expect(stateWords(view({ active }), moment).text).toBe('Ready');
  expect(stateWords(view({}), moment).text).toBe('No experiment active');
  expect(stateWords(view({ active, arriving }), lost).text).toBe('Not known');
});

it('says of each agent what is not as it should be', () => {
  const old = new Date(now.getTime() - 120_000);
  expect(wallAgentWords(agent(), moment)).toEqual({ tone: 'ok', text: 'HUB connected' });
  expect(wallAgentWords(agent({ uploads: 'paused' }), moment)).toEqual({
    tone: 'warn',
    text: 'HUB uploads PAUSED',
  });
  expect(wallAgentWords(agent({ lastSeenAt: old }), moment).text).toBe('HUB no contact 2 min 00 s ago');
  expect(wallAgentWords(agent({ isRefused: true }), moment).text).toBe('HUB refused');
  expect(wallAgentWords(agent({ isRefused: true }), lost)).toEqual({ tone: 'muted', text: 'HUB unknown' });
});

it('adds up what moves, of agents that are heard', () => {
  const silent = agent({ lastSeenAt: new Date(0) });
  expect(throughput([agent(), agent(), silent], moment)).toEqual({
    ...{ receivedBytesPerS: 200, uploadedBytesPerS: 180, framesPerS: 10, waitingBytes: 14 },
  });
  expect(throughput([silent, agent({ told: null })], moment)).toBeNull();
  expect(throughput([agent()], lost)).toBeNull();
});

it('holds the latency against the promise', () => {
  const latency = (p95Ms: number) => ({ count: 1, p50Ms: p95Ms, p95Ms });
  expect(latencyWords(view({ latency: latency(3000) })).tone).toBe('ok');
  expect(latencyWords(view({ latency: latency(3001) })).tone).toBe('warn');
  expect(latencyWords(view({})).text).toBe('–');
});

it('tells alarms in words that name nothing but agents', () => {
  const words = (code: AlarmCode, agentName: string | null) =>
    alarmWords({ level: 'warn', code, since: null, agentName });
  expect(words('agent-silent', 'HUB')).toBe('Nothing is heard of HUB.');
  expect(words('dataset-incomplete', null)).toBe('A dataset is incomplete.');
});
