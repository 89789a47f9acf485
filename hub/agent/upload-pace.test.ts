import { expect, it } from 'vitest';
import { UploadPace } from './upload-pace.ts';

const PART = 8 * 1024 * 1024;

/** Sends parts one after the other in as many lanes as the pace allows; returns what was sent per second in the second half. */
function send(
  pace: UploadPace,
  parts: number,
  partMs: (lanes: number) => number,
  startMs = 0,
): { perS: number; endMs: number } {
  let now = startMs;
  let middle = now;
  for (let sent = 0; sent < parts; ) {
    const lanes = pace.limit;
    const took = partMs(lanes);
    now += took;
    for (let lane = 0; lane < lanes && sent < parts; lane++, sent++) pace.stored(PART, took, now);
    if (sent <= parts / 2) middle = now;
  }
  return { perS: ((parts / 2) * PART * 1000) / (now - middle), endMs: now };
}

/** All lanes share one link. */
const shared = (bytesPerS: number) => (lanes: number) => (1000 * lanes * PART) / bytesPerS;
/** Each connection has its own limit, as over a long way with small windows. */
const perConnection = (bytesPerS: number) => () => (1000 * PART) / bytesPerS;

it('begins with all it may have, and keeps it on a fast link', () => {
  const pace = new UploadPace(4);
  expect(pace.limit).toBe(4);
  send(pace, 200, shared(1e9));
  expect(pace.limit).toBe(4);
});

it('on a slow shared link one part goes after the other, and nothing less is sent', () => {
  const pace = new UploadPace(4);
  const { perS } = send(pace, 200, shared(1e6));
  expect(pace.limit).toBe(1);
  expect(perS).toBeGreaterThan(0.95e6);
});

it('where each connection is slow by itself it keeps them all', () => {
  const pace = new UploadPace(4);
  const { perS } = send(pace, 400, perConnection(1e6));
  expect(pace.limit).toBeGreaterThanOrEqual(3);
  expect(perS).toBeGreaterThan(3.7e6);
});

it('takes more again when the link becomes fast', () => {
  const pace = new UploadPace(8);
  const { endMs } = send(pace, 200, shared(1e6));
  send(pace, 200, shared(1e9), endMs);
  expect(pace.limit).toBe(8);
});

it('halves when the link breaks, once for all that was under way, and comes back step by step', () => {
  const pace = new UploadPace(8);
  for (let lane = 0; lane < 8; lane++) pace.failed(1000 + lane);
  expect(pace.limit).toBe(4);
  pace.failed(3000);
  pace.failed(5000);
  pace.failed(7000);
  expect(pace.limit).toBe(1);
  send(pace, 2, shared(1e9), 8000);
  expect(pace.limit).toBe(2);
  send(pace, 200, shared(1e9), 9000);
  expect(pace.limit).toBe(8);
});
