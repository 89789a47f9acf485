import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ClockOffset, UNKNOWN_DOUBT_MS } from '../agent/clock-offset.ts';
import { Journal } from '../agent/journal.ts';
import { formerlyReadUpTo, noteReadUpTo, ReadingLag } from './reading-lag.ts';

/** A source that reads, on a clock of its own. */
class Reader {
  nowMs: number;
  readonly lag: ReadingLag;

  constructor(nowMs: number, readUpToMs: number | null) {
    this.nowMs = nowMs;
    this.lag = new ReadingLag(nowMs, readUpToMs);
  }

  /** Nothing comes: ZeroMQ gives up waiting every 200 ms. */
  silence(ms: number, { isEmpty = true, isConnected = true } = {}): void {
    for (let waited = 0; waited + 200 <= ms; waited += 200) {
      this.lag.asks(this.nowMs, isEmpty);
      this.nowMs += 200;
      this.lag.waitedInVain(this.nowMs, isEmpty, isConnected);
    }
  }

  /** Returns how long a message may have waited that comes after `waitMs` and takes `handleMs`. */
  message({ waitMs = 0, handleMs = 1, bytes = 1000 } = {}): number {
    this.lag.asks(this.nowMs, waitMs > 0);
    this.nowMs += waitMs;
    const waited = this.lag.read(this.nowMs, bytes);
    this.nowMs += handleMs;
    return waited;
  }
}

/** One that has seen its detector silent. */
function settled(): Reader {
  const reader = new Reader(1000, null);
  reader.lag.connected(reader.nowMs);
  reader.silence(400);
  reader.message();
  return reader;
}

it('what comes after a silence, or in a stream that is read as it comes, did not wait', () => {
  const reader = settled();
  reader.silence(1000);
  expect(reader.message()).toBe(0);
  for (let image = 0; image < 100_000; image++) reader.message({ waitMs: image % 3, handleMs: 2 });
  expect(reader.message({ waitMs: 5 })).toBeLessThan(10);
});

it('what was read after a hold-up may have waited as long, until the detector is silent again', () => {
  const reader = settled();
  reader.silence(1000);
  reader.message({ handleMs: 10_000 });
  expect(reader.message()).toBe(10_000);
  // The sender catches up over a line that is slower than we are: the socket is empty again and again.
  for (let image = 0; image < 50; image++) reader.message({ waitMs: 9 });
  const late = reader.message({ waitMs: 9 });
  expect(late).toBeGreaterThanOrEqual(10_000);
  expect(late).toBeLessThan(10_020);
  reader.silence(400);
  expect(reader.message()).toBe(0);
});

it('a large message under way is no silence, nor is a process that stood still', () => {
  const reader = settled();
  reader.silence(1000);
  reader.message({ handleMs: 10_000 });
  reader.silence(600);
  expect(reader.message({ bytes: 150_000_000 })).toBeGreaterThanOrEqual(10_000);
  reader.silence(600, { isEmpty: false });
  expect(reader.message()).toBeGreaterThanOrEqual(10_000);
});

it('a stream that is never waited for may be late by as long as that lasts', () => {
  const reader = settled();
  reader.silence(1000);
  for (let image = 0; image < 3000; image++) reader.message({ handleMs: 1 });
  expect(reader.message()).toBe(3000);
});

it('after a start, doubt reaches back to the former process until the connected detector is silent', () => {
  const reader = new Reader(100_000, 40_000);
  reader.lag.connected(reader.nowMs);
  expect(reader.message({ waitMs: 50 })).toBe(60_050);
  reader.silence(400, { isConnected: false });
  expect(reader.message()).toBeGreaterThan(60_000);
  reader.silence(400);
  expect(reader.message()).toBe(0);
  const alone = new Reader(100_000, 40_000);
  alone.silence(12_000, { isConnected: false });
  expect(alone.message()).toBe(0);
  expect(new Reader(100_000, null).message({ waitMs: 70 })).toBe(70);
});

let folder: string;
let journal: Journal;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-lag-'));
  journal = new Journal(folder);
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

const clockAt = (steadyMs: number, boot: string) =>
  new ClockOffset({ wall: () => 1_800_000_000_000, steady: () => steadyMs, boot }, null);

it('the next process knows up to when this one had read everything', () => {
  const now = clockAt(5000, 'b');
  expect(formerlyReadUpTo(journal, now, 'd')).toBeNull();
  const reader = new Reader(1000, null);
  reader.silence(12_000);
  reader.message({ handleMs: 3000 });
  noteReadUpTo(journal, clockAt(reader.nowMs, 'b'), 'd', reader.lag);
  expect(formerlyReadUpTo(journal, clockAt(60_000, 'b'), 'd')).toBe(13_000);
  // After a start of the machine nothing compares; nor for another detector.
  expect(formerlyReadUpTo(journal, clockAt(60_000, 'c'), 'd')).toBe(60_000 - UNKNOWN_DOUBT_MS);
  expect(formerlyReadUpTo(journal, now, 'e')).toBeNull();
});
