import { describe, expect, it } from 'vitest';
import type { HeldData } from '#src/shared/contracts/agent-control.ts';
import { backlogWords, bufferWords, clockWords, heldWords, switchWords } from './uplink-words.ts';

const NBSP = '\u00a0';
const rates = (receivedBytesPerS: number, uploadedBytesPerS: number) => ({
  receivedBytesPerS,
  uploadedBytesPerS,
  framesPerS: 0,
});
const queue = { files: 12, bytes: 1_200_000_000 };

describe('the backlog', () => {
  it('is told as the time until it is empty, or as what it grows by', () => {
    expect(backlogWords({ queue, rates: rates(0, 10_000_000) }, 'on').text).toBe(`empty in 2${NBSP}min`);
    expect(backlogWords({ queue, rates: rates(15_000_000, 25_000_000) }, 'on').text).toBe(
      `empty in 2${NBSP}min`,
    );
    expect(backlogWords({ queue, rates: rates(20_000_000, 8_000_000) }, 'on')).toEqual({
      tone: 'warn',
      text: `grows by 12${NBSP}MB/s`,
    });
  });

  it('is none while no more waits than came in a moment ago', () => {
    const few = { files: 1, bytes: 1_500_000 };
    expect(backlogWords({ queue: few, rates: rates(3_000_000, 2_600_000) }, 'on')).toEqual({
      tone: 'ok',
      text: `keeps up, 500${NBSP}ms of data on their way`,
    });
    expect(backlogWords({ queue: few, rates: rates(250_000, 0) }, 'on').tone).toBe('warn');
  });

  it('promises nothing where nothing moves, or nothing waits', () => {
    expect(backlogWords({ queue, rates: rates(0, 0) }, 'on')).toEqual({
      tone: 'warn',
      text: 'does not move',
    });
    expect(backlogWords({ queue, rates: rates(5e6, 5e6) }, 'on').text).toBe('stays as long as it is');
    expect(backlogWords({ queue: { files: 0, bytes: 0 }, rates: rates(1e6, 1e6) }, 'on').tone).toBe('ok');
  });

  it('waits for the switch while uploads are not on, whatever the last rate was', () => {
    expect(backlogWords({ queue, rates: rates(0, 10_000_000) }, 'paused').text).toBe(
      'waits until uploads are on',
    );
    expect(backlogWords({ queue, rates: rates(2_000_000, 0) }, 'off').text).toBe(
      `waits until uploads are on; grows by 2${NBSP}MB/s`,
    );
  });
});

describe('the buffer', () => {
  it('lasts as long as the agent says, and warns below half an hour', () => {
    expect(bufferWords(19_200)).toEqual({
      tone: 'ok',
      text: `buffer lasts 5${NBSP}h 20${NBSP}min at the last minute’s rate`,
    });
    expect(bufferWords(1799)?.tone).toBe('warn');
    expect(bufferWords(null)).toBeNull();
  });
});

describe('the upload switch', () => {
  const since = new Date('2026-11-21T12:00:00Z');
  const at = (ms: number) => since.getTime() + ms;
  const on = { mode: 'on', since, confirmed: { mode: 'on', by: 'server' } } as const;

  it('shows what is wanted, and is settled when the agent has said that it acts so', () => {
    expect(switchWords(on, null, at(100))).toEqual({ text: 'ON', tone: 'ok', settled: true, note: null });
  });

  it('says after two seconds that the agent has not confirmed', () => {
    const off = { ...on, mode: 'off' } as const;
    expect(switchWords(off, null, at(1000))).toMatchObject({ text: 'OFF', settled: false, note: null });
    expect(switchWords(off, null, at(2100))).toMatchObject({ settled: false, note: 'not confirmed yet' });
  });

  it('claims nothing about an agent that is out of contact, or that does not tell', () => {
    expect(switchWords(on, 'no contact with the agent', at(60_000))).toMatchObject({
      tone: 'muted',
      note: 'not confirmed: no contact with the agent',
    });
    expect(switchWords({ ...on, confirmed: null }, null, at(60_000)).note).toMatch(/does not tell/);
  });

  it('shows a pause on site as such, over whatever staff want', () => {
    const paused = { mode: 'paused', by: 'site' } as const;
    expect(switchWords({ ...on, confirmed: paused }, null, at(60_000))).toMatchObject({
      text: 'PAUSED',
      tone: 'warn',
      note: 'on site; staff want ON',
    });
  });
});

describe('the clock', () => {
  it('tells side and doubt', () => {
    expect(clockWords({ offsetMs: 12, roundTripMs: 6 })).toMatchObject({
      tone: 'ok',
      text: `12${NBSP}ms behind the server ±${NBSP}3${NBSP}ms`,
    });
    expect(clockWords({ offsetMs: -3_600_000, roundTripMs: 6 })).toMatchObject({ tone: 'warn' });
    expect(clockWords({ offsetMs: -3_600_000, roundTripMs: 6 }).text).toMatch(/^1\sh ahead of the server/);
    expect(clockWords({ offsetMs: null, roundTripMs: null }).text).toBe('not measured yet');
  });
});

it('held data say why', () => {
  const held = (because: HeldData['because'], experimentCode: string | null) =>
    heldWords({ because, experimentCode });
  expect(held('experiment-off', 'DEM26-7K2QF')).toBe('switched off by the experiment DEM26-7K2QF');
  expect(held('agent-paused', null)).toBe('uploads are paused');
  expect(held('site-paused', 'DEM26-7K2QF')).toBe('paused on site · DEM26-7K2QF');
});
