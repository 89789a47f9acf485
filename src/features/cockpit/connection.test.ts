import { describe, expect, it } from 'vitest';
import type { CockpitAgent } from '#src/server/domain/instruments/cockpit.service.ts';
import type { LicenceState } from '#src/shared/model/licence-state.ts';
import {
  type AnswerState,
  agentErrorOf,
  agentWords,
  connectionWords,
  detectorWords,
  elapsedWords,
  isServerLost,
} from './connection.ts';

const answeredAt = new Date('2026-05-01T10:00:00Z');
const now = { now: answeredAt, answeredAt, isServerLost: false };
const ago = (ms: number) => new Date(answeredAt.getTime() - ms);

describe('connection', () => {
  it('counts seconds, and says when heartbeats stay out', () => {
    expect(connectionWords(ago(3_400), now)).toEqual({ tone: 'ok', word: 'connected', ago: '3 s ago' });
    expect(connectionWords(ago(12_000), now)).toMatchObject({ tone: 'warn', word: 'late' });
    expect(connectionWords(ago(125_000), now)).toEqual({
      tone: 'failed',
      word: 'no contact',
      ago: '2 min 05 s ago',
    });
    expect(connectionWords(null, now)).toEqual({ tone: 'muted', word: 'never connected', ago: null });
  });

  it('does not take the time since the page last asked for silence of the agent', () => {
    const later = { ...now, now: new Date(answeredAt.getTime() + 9_000) };
    expect(connectionWords(ago(1_000), later)).toEqual({ tone: 'ok', word: 'connected', ago: '10 s ago' });
  });

  it('a clock slightly ahead is not the future', () => {
    expect(connectionWords(ago(-800), now)).toMatchObject({ word: 'connected', ago: '0 s ago' });
  });

  it('claims nothing about an agent while the server is away', () => {
    expect(connectionWords(ago(31_000), { ...now, isServerLost: true })).toEqual({
      tone: 'muted',
      word: 'unknown',
      ago: null,
    });
  });

  it('says that an agent is refused, however lately it was heard, and why nothing else of it is known', () => {
    const licensed = (state: LicenceState) =>
      ({ lastSeenAt: ago(1000), licence: { state } }) as Pick<CockpitAgent, 'lastSeenAt' | 'licence'>;
    expect(agentWords(licensed('revoked'), now)).toEqual({
      tone: 'failed',
      word: 'refused: licence revoked',
      ago: null,
      silence: 'its licence is not valid',
    });
    expect(agentWords(licensed('expired'), now).word).toBe('refused: licence expired');
    expect(agentWords(licensed('valid'), now)).toMatchObject({ word: 'connected', silence: null });
    expect(agentWords({ lastSeenAt: ago(40_000), licence: null }, now).silence).toBe(
      'no contact with the agent',
    );
    expect(agentWords(licensed('revoked'), { ...now, isServerLost: true }).word).toBe('unknown');
  });

  it('tells an error of a detector once, not also as that of its agent', () => {
    const error = { at: '2026-05-01T10:00:00.000Z', code: 'spool-write-failed', message: 'full' };
    const status = (lastError: typeof error | null) => ({ lastError }) as CockpitAgent['status'];
    expect(agentErrorOf({ status: status(error), detectors: [{ lastError: error }] })).toBeNull();
    expect(agentErrorOf({ status: status(error), detectors: [{ lastError: null }] })).toEqual(error);
    const later = { ...error, at: '2026-05-01T10:00:01.000Z' };
    expect(agentErrorOf({ status: status(later), detectors: [{ lastError: error }] })).toEqual(later);
    expect(agentErrorOf({ status: null, detectors: [] })).toBeNull();
  });

  it('takes the server for lost when questions fail, or the live connection broke and nothing was answered since', () => {
    const well: AnswerState = {
      isFailing: false,
      isPaused: false,
      isOverdue: false,
      answeredAtMs: 1000,
      live: { status: 'live', since: 500 },
    };
    expect(isServerLost(well)).toBe(false);
    for (const fault of ['isFailing', 'isPaused', 'isOverdue']) {
      expect(isServerLost({ ...well, [fault]: true }), fault).toBe(true);
    }
    expect(isServerLost({ ...well, live: { status: 'reconnecting', since: 1500 } })).toBe(true);
    expect(isServerLost({ ...well, answeredAtMs: 2000, live: { status: 'reconnecting', since: 1500 } })).toBe(
      false,
    );
    expect(isServerLost({ ...well, live: { status: 'connecting', since: 1500 } })).toBe(false);
  });

  it.each([
    [59_999, '59 s'],
    [60_000, '1 min 00 s'],
    [3_600_000, '1 h 00 min'],
    [47 * 3_600_000, '47 h 00 min'],
    [72 * 3_600_000, '3 days'],
  ])('%d ms is %s', (ms, words) => {
    expect(elapsedWords(ms)).toBe(words);
  });

  it('claims nothing about a detector whose agent is out of contact', () => {
    const detector = { state: 'receiving', lastMessageAt: ago(900).toISOString(), series: null } as const;
    const isNow = now.now;
    expect(detectorWords(detector, true, isNow).word).toBe('receiving');
    expect(detectorWords(detector, false, isNow)).toEqual({ tone: 'muted', word: 'unknown' });
  });

  it('does not call a detector receiving of which nothing comes', () => {
    const silent = { state: 'receiving', lastMessageAt: ago(90_000).toISOString(), series: null } as const;
    const isNow = now.now;
    expect(detectorWords(silent, true, isNow)).toEqual({ tone: 'warn', word: 'nothing comes' });
    expect(detectorWords({ ...silent, state: 'connected' }, true, isNow).word).toBe('connected');
    expect(detectorWords({ ...silent, state: 'error' }, true, isNow).word).toBe('error');
  });
});
