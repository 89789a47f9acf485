import { expect, it } from 'vitest';
import { UploadPace } from './upload-pace.ts';

const PART = 8 * 1024 * 1024;

/**
 * Sends parts one after the other in as many lanes as the pace allows; returns what was sent per second in the second half, and the mean
 * number of lanes of a part then.
 */
function send(
  pace: UploadPace,
  parts: number,
  partMs: (lanes: number) => number,
  startMs = 0,
): { perS: number; lanes: number; endMs: number } {
  let now = startMs;
  let middle = now;
  let lanesOfLater = 0;
  for (let sent = 0; sent < parts; ) {
    const lanes = pace.limit;
    const took = partMs(lanes);
    now += took;
    for (let lane = 0; lane < lanes && sent < parts; lane++, sent++) {
      pace.stored(PART, took, now);
      if (sent >= parts / 2) lanesOfLater += lanes;
    }
    if (sent <= parts / 2) middle = now;
  }
  return {
    perS: ((parts / 2) * PART * 1000) / (now - middle),
    lanes: lanesOfLater / (parts / 2),
    endMs: now,
  };
}

/** All lanes share one link. */
const shared = (bytesPerS: number) => (lanes: number) => (1000 * lanes * PART) / bytesPerS;
/** Each connection has its own limit, as over a long way with small windows. */
const perConnection = (bytesPerS: number) => () => (1000 * PART) / bytesPerS;

it('begins with four, or fewer where no more are allowed, and on a fast link stays there', () => {
  expect(new UploadPace(2).limit).toBe(2);
  const pace = new UploadPace(8);
  expect(pace.limit).toBe(4);
  const { lanes } = send(pace, 2000, shared(1e9));
  expect(lanes).toBeGreaterThan(3.9);
  expect(lanes).toBeLessThan(4.5);
});

it('where each connection has its limit more go at once, and more is sent', () => {
  const pace = new UploadPace(16);
  const { perS } = send(pace, 1000, perConnection(4e6));
  expect(pace.limit).toBe(16);
  expect(perS).toBeGreaterThan(15 * 4e6);
});

it('goes as high as the link has room for, and little beyond', () => {
  const pace = new UploadPace(16);
  // Ten connections of 4 MB/s fill it.
  const link = (lanes: number) => Math.max(perConnection(4e6)(), shared(40e6)(lanes));
  const { perS, lanes } = send(pace, 2000, link);
  expect(perS).toBeGreaterThan(0.9 * 40e6);
  expect(lanes).toBeLessThan(11.5);
});

it('on a slow shared link one part goes after the other, and nothing less is sent', () => {
  const pace = new UploadPace(8);
  const { perS, lanes } = send(pace, 400, shared(1e6));
  expect(lanes).toBeLessThan(1.2);
  expect(perS).toBeGreaterThan(0.95e6);
});

it('where each connection is slow by itself it has them all', () => {
  const pace = new UploadPace(8);
  const { perS } = send(pace, 1000, perConnection(1e6));
  expect(pace.limit).toBeGreaterThanOrEqual(7);
  expect(perS).toBeGreaterThan(7.5e6);
});

it('takes more again when the link becomes fast', () => {
  const pace = new UploadPace(8);
  const { endMs } = send(pace, 200, shared(1e6));
  expect(pace.limit).toBeLessThanOrEqual(2);
  send(pace, 200, shared(1e9), endMs);
  expect(pace.limit).toBeGreaterThanOrEqual(4);
});

it('halves when the link breaks, once for all that was under way, and comes back step by step', () => {
  const pace = new UploadPace(8);
  const { endMs } = send(pace, 400, perConnection(4e6));
  expect(pace.limit).toBe(8);
  for (let lane = 0; lane < 8; lane++) pace.failed(endMs + lane);
  expect(pace.limit).toBe(4);
  for (const second of [2, 4, 6]) pace.failed(endMs + 1000 * second);
  expect(pace.limit).toBe(1);
  send(pace, 2, perConnection(4e6), endMs + 8000);
  expect(pace.limit).toBe(2);
  send(pace, 400, perConnection(4e6), endMs + 20_000);
  expect(pace.limit).toBe(8);
});

it('a way on which each connection becomes slow after failures is not left with one part at a time', () => {
  const pace = new UploadPace(8);
  for (const second of [2, 4, 6]) pace.failed(1000 * second);
  expect(pace.limit).toBe(1);
  send(pace, 1000, perConnection(1e6), 10_000);
  expect(pace.limit).toBeGreaterThanOrEqual(7);
});
