import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SeriesOpenRequest } from '#src/shared/contracts/agent-api.ts';
import type { DetectorConfig } from '../agent/detector-config.ts';
import { Journal } from '../agent/journal.ts';
import { ReportLog } from '../agent/report-log.ts';
import { prepareSpoolDir } from '../agent/spool.ts';
import { limitFileSize } from '../testing/file-size-limit.ts';
import {
  endMessage,
  imageMessage,
  startMessage,
  type TestSeries,
  testArray,
  testSeries,
  wholeSeries,
} from '../testing/test-messages.ts';
import type { DataSpoolFile } from './data-spool-file.ts';
import { SeriesAssembler } from './series-assembler.ts';
import type { SeriesEnd, SeriesSink } from './series-sink.ts';

/** Notes what the assembler says; the files are real. */
class Recorder implements SeriesSink {
  readonly requests: SeriesOpenRequest[] = [];
  readonly finished: { number: number; rows: number; frames: number[] }[] = [];
  readonly ends: (SeriesEnd & { seriesKey: string })[] = [];
  readonly started: string[] = [];
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  seriesStarted({ seriesKey }: { seriesKey: string }): string {
    this.started.push(seriesKey);
    const dir = path.join(this.folder, seriesKey);
    prepareSpoolDir(dir);
    return dir;
  }
  seriesPlanned(request: SeriesOpenRequest): void {
    this.requests.push(request);
  }
  fileOpening({ number }: { number: number }): { clientId: string; used: boolean } {
    return { clientId: `client-${number}`, used: false };
  }
  fileOpened(): void {}
  fileGrew(): void {}
  fileFinished(file: DataSpoolFile, rows: number): void {
    this.finished.push({ number: file.number, rows, frames: [...file.frames()] });
  }
  seriesProgress(): void {}
  seriesEnded(seriesKey: string, end: SeriesEnd): void {
    this.ends.push({ seriesKey, ...end });
  }
  clockOffsetMs(): number {
    return 0;
  }
}

const SINGLE: DetectorConfig = {
  name: 'd',
  protocol: 'stream-v2',
  mode: 'connect',
  endpoints: ['tcp://127.0.0.1:1'],
  serialNumber: null,
  senders: 1,
  seriesTimeoutMs: 60_000,
  armedTimeoutMs: 3_600_000,
  republish: null,
};
const MANY: DetectorConfig = { ...SINGLE, mode: 'bind', senders: null };

let folder: string;
let journal: Journal;
let reports: ReportLog;
let sink: Recorder;
let nowMs: number;
let assembler: SeriesAssembler;

function use(detector: DetectorConfig): void {
  assembler = new SeriesAssembler({ detector, sink, reports });
}

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-assembler-'));
  nowMs = 1_800_000_000_000;
  journal = new Journal(path.join(folder, 'state'));
  reports = new ReportLog({ journal, log: pino({ level: 'silent' }), now: () => nowMs });
  sink = new Recorder(folder);
  use(SINGLE);
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true, force: true });
});

const give = (...messages: Uint8Array[]) => {
  for (const message of messages) assembler.handle([message], nowMs++);
};
const codes = () => reports.problems('d');
const images = (series: TestSeries, ...ids: number[]) => ids.map((id) => imageMessage(series, id));

describe('a series as it should be', () => {
  it('goes into files of equal length, the last one shorter, and ends complete', () => {
    give(...wholeSeries(testSeries(1), 25));
    expect(sink.requests[0]).toMatchObject({ framesPerFile: 10, framesExpected: 25, seriesId: 1 });
    expect(sink.finished.map(({ number, rows }) => [number, rows])).toEqual([
      [1, 10],
      [2, 10],
      [3, 5],
    ]);
    expect(sink.ends[0]).toMatchObject({ ending: 'end-message', framesReceived: 25, missing: [], lost: [] });
    expect(codes()).toEqual({});
    expect(assembler.counts).toMatchObject({ messages: 27, frames: 25 });
  });

  it('puts images by their id, whatever the order they come in', () => {
    const series = testSeries(1);
    give(startMessage(series, { numberOfImages: 20 }), ...images(series, 19, 3, 10, 0));
    give(...images(series, 1, 2, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18), endMessage(series));
    expect(sink.finished.map(({ number, frames }) => [number, frames.length])).toEqual([
      [1, 10],
      [2, 10],
    ]);
    expect(sink.ends[0]).toMatchObject({ framesReceived: 20, missing: [] });
  });

  it('takes every channel and says which layout it found', () => {
    const series = testSeries(1, { channels: ['threshold_1', 'difference'] });
    give(...wholeSeries(series, 3));
    expect(sink.requests[0]!.channels.map(({ name, dtype, filter }) => [name, dtype, filter])).toEqual([
      ['threshold_1', 'u2', 'bslz4'],
      ['difference', 'u2', 'bslz4'],
    ]);
    expect(codes()).toEqual({});
  });

  it('ends open-ended series and series without images', () => {
    const [empty, open] = [testSeries(1), testSeries(2)];
    give(startMessage(empty, { numberOfImages: 5 }), endMessage(empty));
    give(startMessage(open), ...images(open, 0, 1), endMessage(open));
    expect(sink.ends.map(({ framesReceived, lastFrame }) => [framesReceived, lastFrame])).toEqual([
      [0, -1],
      [2, 1],
    ]);
    expect(sink.requests.map(({ framesExpected }) => framesExpected)).toEqual([5, null]);
  });

  it('keeps the folders of a prefix and never leaves the experiment', () => {
    give(
      startMessage(testSeries(1), { userData: { file_prefix: '../../etc/lyso/run 1', sample_name: 'A1' } }),
    );
    give(...images(testSeries(1), 0));
    expect(sink.requests[0]).toMatchObject({ prefix: 'etc/lyso/run 1', sampleName: 'A1' });
    expect(codes()['name-changed']).toBeGreaterThan(0);
  });
});

describe('bad input: each reported with its reason, and the stream goes on', () => {
  const good = testSeries(9);
  afterEach(() => {
    // After anything, the next series is taken as if nothing had happened.
    const before = sink.ends.length;
    give(...wholeSeries(good, 2));
    nowMs += 3000;
    assembler.tick(nowMs);
    expect(sink.ends.at(-1)).toMatchObject({ ending: 'end-message', framesReceived: 2, missing: [] });
    expect(sink.ends.length).toBeGreaterThan(before);
  });

  it('malformed and truncated CBOR', () => {
    give(Uint8Array.of(0xff, 0x00), imageMessage(good, 0).subarray(0, 40), new Uint8Array(0));
    expect(codes()).toEqual({ 'malformed-message': 3 });
  });

  it('messages of several parts (Stream V1 on the wrong port)', () => {
    assembler.handle([new Uint8Array(3), new Uint8Array(3)], nowMs);
    expect(codes()).toEqual({ 'malformed-message': 1 });
  });

  it('unknown message types', () => {
    const calibration = new TextEncoder().encode('\u{0}');
    give(Uint8Array.of(0xa1, 0x64, ...new TextEncoder().encode('type'), 0x61, 0x78), calibration);
    expect(codes()).toEqual({ 'unknown-message-type': 1, 'malformed-message': 1 });
  });

  it('an image before a start: kept, as a series without geometry', () => {
    const series = testSeries(1);
    give(...images(series, 4, 5), endMessage(series));
    expect(codes()).toMatchObject({ 'image-before-start': 1 });
    expect(sink.requests[0]).toMatchObject({
      framesExpected: null,
      framesPerFile: 100,
      seriesUniqueId: 'unique-1',
    });
    expect(sink.ends[0]).toMatchObject({ framesReceived: 2, missing: [[0, 3]] });
  });

  it('a second start without an end: the former ends as superseded', () => {
    const [first, second] = [testSeries(1), testSeries(2)];
    give(
      startMessage(first, { numberOfImages: 5 }),
      ...images(first, 0),
      startMessage(second),
      ...images(second, 0),
    );
    expect(codes()).toEqual({ 'second-start': 1 });
    expect(sink.ends[0]).toMatchObject({ ending: 'superseded', framesReceived: 1 });
    give(endMessage(second));
  });

  it('a start with the same id again: nothing of either series is lost', () => {
    const series = testSeries(1);
    give(
      startMessage(series),
      ...images(series, 0, 1),
      startMessage(series),
      ...images(series, 0),
      endMessage(series),
    );
    expect(sink.ends.map(({ ending, framesReceived }) => [ending, framesReceived])).toEqual([
      ['superseded', 2],
      ['end-message', 1],
    ]);
  });

  it('an end without a start', () => {
    give(endMessage(testSeries(1)));
    expect(codes()).toEqual({ 'end-without-start': 1 });
  });

  it('wrong sizes: against the announced size, the first image, the element type, the blob’s own header', () => {
    const series = testSeries(1);
    const other = testSeries(1, { rows: 8 });
    const wide = { ...testArray(series, 2), dtype: 'u4' as const, elementSize: 4 as const };
    const liar = testArray(series, 3);
    liar.bytes[7]! ^= 1;
    give(startMessage(series, { numberOfImages: 5 }), imageMessage(other, 0), ...images(series, 1));
    give(imageMessage(series, 2, new Map([['threshold_1', wide]])));
    give(imageMessage(series, 3, new Map([['threshold_1', liar]])));
    give(imageMessage(other, 4), endMessage(series));
    expect(codes()).toEqual({ 'wrong-size': 2, 'malformed-message': 2, 'missing-image': 1 });
    expect(sink.ends[0]).toMatchObject({ framesReceived: 1, missing: [[0, 0]] });
  });

  it('doubled image ids: the first is kept, and a second with other pixels is an error of its own', () => {
    const series = testSeries(1);
    const changed = new Map([['threshold_1', testArray(series, 77)]]);
    give(startMessage(series), ...images(series, 0, 0), imageMessage(series, 0, changed), endMessage(series));
    expect(codes()).toEqual({ 'duplicate-image': 1, 'duplicate-image-differs': 1 });
    expect(sink.ends[0]).toMatchObject({ framesReceived: 1 });
  });

  it('missing image ids: gaps stay, the file is closed when the one after the next begins', () => {
    const series = testSeries(1);
    give(startMessage(series), ...images(series, 0, 1, 4, 5, 6, 7, 8, 9, 12));
    expect(sink.finished).toEqual([]);
    give(...images(series, 20));
    expect(sink.finished).toEqual([{ number: 1, rows: 10, frames: [0, 1, 4, 5, 6, 7, 8, 9] }]);
    give(endMessage(series));
    expect(sink.finished.map(({ number, rows }) => [number, rows])).toEqual([
      [1, 10],
      [2, 10],
      [3, 1],
    ]);
    expect(sink.ends[0]!.missing).toEqual([
      [2, 3],
      [10, 11],
      [13, 19],
    ]);
  });

  it('an image for a file that is closed is lost, and said to be', () => {
    const series = testSeries(1);
    give(startMessage(series), ...images(series, 0, 11, 20, 5), endMessage(series));
    expect(codes()).toMatchObject({ 'late-image': 1 });
    expect(sink.ends[0]!.lost).toEqual([[5, 5]]);
  });

  it('image ids that cannot be true', () => {
    const series = testSeries(1);
    give(
      startMessage(series, { numberOfImages: 2 }),
      ...images(series, 0, 1, 4_000_000_000),
      endMessage(series),
    );
    expect(codes()).toEqual({ 'wrong-image-id': 1 });
  });

  it('more images than announced are kept while their file can take them', () => {
    const series = testSeries(1);
    give(startMessage(series, { numberOfImages: 10 }), ...images(series, 0, 10), endMessage(series));
    expect(codes()).toMatchObject({ 'unexpected-image': 1 });
    expect(sink.ends[0]).toMatchObject({ framesReceived: 2 });
  });

  it('an end that never comes: time-out after the last image', () => {
    const series = testSeries(1);
    give(startMessage(series, { numberOfImages: 5 }), ...images(series, 0, 1));
    nowMs += 59_000;
    assembler.tick(nowMs);
    expect(sink.ends).toEqual([]);
    nowMs += 2000;
    assembler.tick(nowMs);
    expect(sink.ends[0]).toMatchObject({ ending: 'timeout', framesReceived: 2 });
    expect(codes()).toEqual({ 'series-timeout': 1 });
  });

  it('slow series wait twenty frame times, armed ones an hour for their trigger', () => {
    const slow = testSeries(1);
    give(startMessage(slow, { frameTimeS: 10 }));
    nowMs += 3_000_000;
    assembler.tick(nowMs);
    give(...images(slow, 0));
    nowMs += 150_000;
    assembler.tick(nowMs);
    expect(sink.ends).toEqual([]);
    nowMs += 60_000;
    assembler.tick(nowMs);
    expect(sink.ends[0]).toMatchObject({ ending: 'timeout' });
  });

  it('images after the end go on as a dataset of their own, with the start they had', () => {
    const series = testSeries(1);
    give(
      startMessage(series, { userData: { file_prefix: 'lyso' } }),
      ...images(series, 0),
      endMessage(series),
    );
    give(...images(series, 0, 1), endMessage(series));
    expect(codes()).toEqual({ 'duplicate-image': 1, 'image-after-end': 1, 'missing-image': 1 });
    expect(sink.requests.map(({ prefix }) => prefix)).toEqual(['lyso', 'lyso']);
    expect(sink.ends.map(({ framesReceived }) => framesReceived)).toEqual([1, 1]);
  });

  it('a channel that is missing, one that was not announced', () => {
    const series = testSeries(1, { channels: ['threshold_1', 'threshold_2'] });
    const one = (name: string, id: number) =>
      imageMessage(series, id, new Map([[name, testArray(series, id)]]));
    give(startMessage(series, { numberOfImages: 3 }), ...images(series, 0), one('threshold_1', 1));
    const three = new Map(
      ['threshold_1', 'threshold_2', 'extra'].map((name) => [name, testArray(series, 2)]),
    );
    give(imageMessage(series, 2, three), endMessage(series));
    expect(codes()).toEqual({ 'missing-channel': 1, 'unknown-channel': 1 });
    expect(sink.ends[0]).toMatchObject({ framesReceived: 3, missing: [] });
  });

  it('values of a start that make no sense become unknown', () => {
    const series = testSeries(1);
    const strange = { imageSizeX: 'wide' as unknown as number, imageSizeY: null };
    give(startMessage(series, strange), ...images(series, 0), endMessage(series));
    expect(codes()).toMatchObject({ 'start-value': 1 });
    expect(sink.ends[0]).toMatchObject({ framesReceived: 1 });
  });

  it('a flood of one fault is folded: every message counted, two reports', () => {
    for (let n = 0; n < 5000; n++) assembler.handle([Uint8Array.of(0xff)], nowMs);
    reports.flush(true);
    expect(codes()).toEqual({ 'malformed-message': 5000 });
    const folded = journal.pendingReports(100).filter(({ code }) => code === 'malformed-message');
    expect(folded.map(({ count }) => count)).toEqual([1, 4999]);
  });
});

describe('faults while a series ends', () => {
  it('a file for which nothing could be stored is finished all the same', () => {
    const series = testSeries(1);
    const wrong = new Map([['threshold_1', testArray(testSeries(1, { rows: 3 }), 10)]]);
    give(startMessage(series), ...images(series, ...Array(10).keys()), imageMessage(series, 10, wrong));
    give(endMessage(series));
    expect(sink.finished.map(({ number, rows, frames }) => [number, rows, frames.length])).toEqual([
      [1, 10, 10],
      [2, 1, 0],
    ]);
    expect(sink.ends[0]).toMatchObject({ ending: 'end-message', framesReceived: 10, missing: [] });
    expect(codes()).toEqual({ 'wrong-size': 1 });
  });

  it('a fault of ours with one series does not come again with the next', () => {
    const [first, second] = [testSeries(1), testSeries(2)];
    give(startMessage(first), ...images(first, 0));
    sink.fileFinished = () => {
      throw new Error('a fault of ours');
    };
    expect(() => give(endMessage(first))).toThrow('a fault of ours');
    sink.fileFinished = Recorder.prototype.fileFinished;
    give(...wholeSeries(second, 3));
    expect(sink.ends).toMatchObject([{ framesReceived: 3 }]);
  });
});

describe('several senders of one stream: their messages overtake each other', () => {
  beforeEach(() => use(MANY));

  it('waits for a start that comes after an image, ignores its echo and the second end', () => {
    const series = testSeries(1);
    const start = startMessage(series, { numberOfImages: 4 });
    give(...images(series, 1), start, start, ...images(series, 0, 2), endMessage(series), endMessage(series));
    expect(sink.ends).toEqual([]);
    give(...images(series, 3));
    expect(sink.ends).toHaveLength(1);
    expect(sink.ends[0]).toMatchObject({ ending: 'end-message', framesReceived: 4, missing: [] });
    give(endMessage(series));
    expect(codes()).toEqual({});
  });

  it('ends two seconds after the last message when frames stay away', () => {
    const series = testSeries(1);
    give(startMessage(series, { numberOfImages: 4 }), ...images(series, 0), endMessage(series));
    nowMs += 1900;
    assembler.tick(nowMs);
    expect(sink.ends).toEqual([]);
    nowMs += 200;
    assembler.tick(nowMs);
    expect(sink.ends[0]).toMatchObject({ ending: 'end-message', framesReceived: 1 });
  });

  it('lets the tail of a series come after the start of the next', () => {
    const [first, second] = [testSeries(1), testSeries(2)];
    give(
      startMessage(first, { numberOfImages: 2 }),
      ...images(first, 0),
      startMessage(second),
      ...images(first, 1),
    );
    expect(sink.ends[0]).toMatchObject({ ending: 'superseded', framesReceived: 2 });
  });

  it('opens a series without a start when none comes within a second', () => {
    const series = testSeries(1);
    give(...images(series, 0));
    expect(sink.started).toEqual([]);
    nowMs += 1100;
    assembler.tick(nowMs);
    expect(codes()).toEqual({ 'image-before-start': 1 });
    give(...images(series, 1), endMessage(series));
    nowMs += 2100;
    assembler.tick(nowMs);
    expect(sink.ends[0]).toMatchObject({ framesReceived: 2 });
  });

  it('images held for their start stay held while the disk takes nothing', () => {
    const series = testSeries(1);
    const start = startMessage(series, { numberOfImages: 3 });
    give(...images(series, 0, 1));
    // Room for the start's file, not for a frame behind the head of its data file.
    limitFileSize(process.pid, start.length);
    try {
      expect(() => give(start)).toThrow('EFBIG');
      expect(() => assembler.handle([start], nowMs, true)).not.toThrow();
      nowMs += 1100;
      expect(() => assembler.tick(nowMs)).toThrow('EFBIG');
    } finally {
      limitFileSize(process.pid, null);
    }
    assembler.tick(nowMs);
    give(...images(series, 2), endMessage(series));
    expect(sink.finished).toEqual([{ number: 1, rows: 3, frames: [0, 1, 2] }]);
    expect(sink.started).toHaveLength(1);
    expect(assembler.counts.frames).toBe(3);
    expect(codes()).toEqual({});
  });
});
