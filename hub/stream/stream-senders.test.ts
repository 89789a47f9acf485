import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssemblerRig } from '../testing/assembler-rig.ts';
import { limitFileSize } from '../testing/file-size-limit.ts';
import { endMessage, imageMessages as images, startMessage, testSeries } from '../testing/test-messages.ts';

let rig: AssemblerRig;
afterEach(() => rig.dispose());

describe('an unknown number of senders: their messages overtake each other', () => {
  beforeEach(() => {
    rig = new AssemblerRig({ mode: 'bind', senders: null });
  });

  it('waits for a start that comes after an image, ignores its echo and the second end', () => {
    const series = testSeries(1);
    const start = startMessage(series, { numberOfImages: 4 });
    rig.give(
      ...images(series, 1),
      start,
      start,
      ...images(series, 0, 2),
      endMessage(series),
      endMessage(series),
    );
    expect(rig.sink.ends).toEqual([]);
    rig.give(...images(series, 3));
    expect(rig.sink.ends).toHaveLength(1);
    expect(rig.sink.ends[0]).toMatchObject({ ending: 'end-message', framesReceived: 4, missing: [] });
    rig.give(endMessage(series));
    expect(rig.codes()).toEqual({});
  });

  it('ends two seconds after the last message when frames stay away', () => {
    const series = testSeries(1);
    rig.give(startMessage(series, { numberOfImages: 4 }), ...images(series, 0), endMessage(series));
    rig.wait(1900);
    expect(rig.sink.ends).toEqual([]);
    rig.wait(200);
    expect(rig.sink.ends[0]).toMatchObject({ ending: 'end-message', framesReceived: 1 });
  });

  it('lets the tail of a series come after the start of the next', () => {
    const [first, second] = [testSeries(1), testSeries(2)];
    rig.give(
      startMessage(first, { numberOfImages: 2 }),
      ...images(first, 0),
      startMessage(second),
      ...images(first, 1),
    );
    expect(rig.sink.ends[0]).toMatchObject({ ending: 'superseded', framesReceived: 2 });
  });

  it('opens a series without a start when none comes within a second', () => {
    const series = testSeries(1);
    rig.give(...images(series, 0));
    expect(rig.sink.started).toEqual([]);
    rig.wait(1100);
    expect(rig.codes()).toEqual({ 'image-before-start': 1 });
    rig.give(...images(series, 1), endMessage(series));
    rig.wait(2100);
    expect(rig.sink.ends[0]).toMatchObject({ framesReceived: 2 });
  });

  it('images held for their start stay held while the disk takes nothing', () => {
    const series = testSeries(1);
    const start = startMessage(series, { numberOfImages: 3 });
    rig.give(...images(series, 0, 1));
    // Room for the start's file, not for a frame behind the head of its data file.
    limitFileSize(process.pid, start.length);
    try {
      expect(() => rig.give(start)).toThrow('EFBIG');
      expect(() => rig.assembler.handle([start], rig.arrival(), true)).not.toThrow();
      rig.nowMs += 1100;
      expect(() => rig.assembler.tick(rig.nowMs)).toThrow('EFBIG');
    } finally {
      limitFileSize(process.pid, null);
    }
    rig.assembler.tick(rig.nowMs);
    rig.give(...images(series, 2), endMessage(series));
    expect(rig.sink.finished).toEqual([{ number: 1, rows: 3, frames: [0, 1, 2] }]);
    expect(rig.sink.started).toHaveLength(1);
    expect(rig.assembler.counts.frames).toBe(3);
    expect(rig.codes()).toEqual({});
  });
});

describe('a series split over several HUBs by file number', () => {
  beforeEach(() => {
    rig = new AssemblerRig({ splitOver: 2 });
  });

  it('tells the server, and misses only what its own files lack; they are of full length', () => {
    const series = testSeries(1);
    const mine = [0, 1, 2, 3, 5, 6, 7, 8, 9, ...Array.from({ length: 10 }, (_, n) => 20 + n), 40, 42];
    rig.give(startMessage(series, { numberOfImages: 60 }), ...images(series, ...mine), endMessage(series));
    expect(rig.sink.requests).toMatchObject([{ participants: 2, framesPerFile: 10, framesExpected: 60 }]);
    expect(rig.sink.finished.map(({ number, rows }) => [number, rows])).toEqual([
      [3, 10],
      [1, 10],
      [5, 10],
    ]);
    expect(rig.sink.ends).toMatchObject([
      {
        ending: 'end-message',
        framesReceived: mine.length,
        missing: [
          [4, 4],
          [41, 41],
        ],
      },
    ]);
    expect(rig.codes()).toEqual({ 'missing-image': 1 });
  });

  it('the announced last file is as long as announced', () => {
    const series = testSeries(1);
    rig.give(startMessage(series, { numberOfImages: 33 }), ...images(series, 30, 31, 32), endMessage(series));
    expect(rig.sink.finished).toMatchObject([{ number: 4, rows: 3 }]);
    expect(rig.sink.ends).toMatchObject([{ framesReceived: 3, missing: [] }]);
  });
});

describe('two senders, known to be two', () => {
  const armDate = '2026-05-01T10:00:00Z';
  beforeEach(() => {
    rig = new AssemblerRig({ senders: 2 });
  });

  it('the second end closes the series, complete or not', () => {
    const series = testSeries(1);
    const start = startMessage(series, { numberOfImages: 4, armDate });
    rig.give(start, ...images(series, 0, 2), endMessage(series), start, ...images(series, 1));
    rig.wait(9000);
    expect(rig.sink.ends).toEqual([]);
    rig.give(endMessage(series));
    expect(rig.sink.ends).toMatchObject([{ ending: 'end-message', framesReceived: 3 }]);
    expect(rig.codes()).toEqual({});
  });

  it('a complete series waits for the other one, whose start then opens no second dataset', () => {
    const series = testSeries(1);
    const start = startMessage(series, { numberOfImages: 2, armDate });
    rig.give(start, ...images(series, 0, 1), endMessage(series));
    rig.wait(8000);
    rig.give(start, endMessage(series));
    expect(rig.sink.ends).toHaveLength(1);
    expect(rig.sink.started).toHaveLength(1);
    expect(rig.codes()).toEqual({});
  });

  it('a sender that died costs ten seconds, not the series; what it says later is no new series', () => {
    const series = testSeries(1);
    const start = startMessage(series, { numberOfImages: 4, armDate });
    rig.give(start, ...images(series, 0), endMessage(series));
    rig.wait(10_100);
    expect(rig.sink.ends).toMatchObject([{ ending: 'end-message', framesReceived: 1 }]);
    rig.give(start, endMessage(series));
    expect(rig.sink.started).toHaveLength(1);
    expect(rig.codes()).toEqual({});
  });

  it('the next series begins while the other sender is still in the former', () => {
    const [first, second] = [testSeries(1), testSeries(2)];
    const starts = [first, second].map((series) => startMessage(series, { numberOfImages: 2, armDate }));
    rig.give(starts[0]!, ...images(first, 0), endMessage(first), starts[1]!, ...images(second, 0));
    rig.give(starts[0]!, ...images(first, 1), endMessage(first), starts[1]!, ...images(second, 1));
    rig.give(endMessage(second), endMessage(second));
    expect(rig.sink.ends.map(({ ending, framesReceived }) => [ending, framesReceived])).toEqual([
      ['end-message', 2],
      ['end-message', 2],
    ]);
    expect(rig.codes()).toEqual({});
  });

  it('the same id armed again is another series', () => {
    const series = testSeries(1);
    const start = (date: string) => startMessage(series, { numberOfImages: 2, armDate: date });
    const [one, two] = [start(armDate), start('2026-05-01T10:00:05Z')];
    const end = endMessage(series);
    rig.give(one, ...images(series, 0), one, ...images(series, 1), end, end);
    rig.give(two, ...images(series, 0), two, ...images(series, 1), end, end);
    expect(rig.sink.ends.map(({ framesReceived }) => framesReceived)).toEqual([2, 2]);
    expect(rig.codes()).toEqual({});
  });
});
