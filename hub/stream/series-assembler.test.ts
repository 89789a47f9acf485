import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeCbor } from '#src/shared/codecs/cbor-writer.ts';
import { AssemblerRig, Recorder } from '../testing/assembler-rig.ts';
import {
  endMessage,
  imageMessage,
  imageMessages as images,
  startMessage,
  testArray,
  testSeries,
  wholeSeries,
} from '../testing/test-messages.ts';

let rig: AssemblerRig;
beforeEach(() => {
  rig = new AssemblerRig();
});
afterEach(() => rig.dispose());

describe('a series as it should be', () => {
  it('goes into files of equal length, the last one shorter, and ends complete', () => {
    rig.give(...wholeSeries(testSeries(1), 25));
    expect(rig.sink.requests[0]).toMatchObject({ framesPerFile: 10, framesExpected: 25, seriesId: 1 });
    expect(rig.sink.finished.map(({ number, rows }) => [number, rows])).toEqual([
      [1, 10],
      [2, 10],
      [3, 5],
    ]);
    expect(rig.sink.ends[0]).toMatchObject({
      ending: 'end-message',
      framesReceived: 25,
      missing: [],
      lost: [],
    });
    expect(rig.codes()).toEqual({});
    expect(rig.assembler.counts).toMatchObject({ messages: 27, frames: 25 });
  });

  it('puts images by their id, whatever the order they come in', () => {
    const series = testSeries(1);
    rig.give(startMessage(series, { numberOfImages: 20 }), ...images(series, 19, 3, 10, 0));
    rig.give(...images(series, 1, 2, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18), endMessage(series));
    expect(rig.sink.finished.map(({ number, frames }) => [number, frames.length])).toEqual([
      [1, 10],
      [2, 10],
    ]);
    expect(rig.sink.ends[0]).toMatchObject({ framesReceived: 20, missing: [] });
  });

  it('takes every channel and says which layout it found', () => {
    const series = testSeries(1, { channels: ['threshold_1', 'difference'] });
    rig.give(...wholeSeries(series, 3));
    expect(rig.sink.requests[0]!.channels.map(({ name, dtype, filter }) => [name, dtype, filter])).toEqual([
      ['threshold_1', 'u2', 'bslz4'],
      ['difference', 'u2', 'bslz4'],
    ]);
    expect(rig.codes()).toEqual({});
  });

  it('ends open-ended series and series without images', () => {
    const [empty, open] = [testSeries(1), testSeries(2)];
    rig.give(startMessage(empty, { numberOfImages: 5 }), endMessage(empty));
    rig.give(startMessage(open), ...images(open, 0, 1), endMessage(open));
    expect(rig.sink.ends.map(({ framesReceived, lastFrame }) => [framesReceived, lastFrame])).toEqual([
      [0, -1],
      [2, 1],
    ]);
    expect(rig.sink.requests.map(({ framesExpected }) => framesExpected)).toEqual([5, null]);
  });

  it('keeps calibration and metadata messages byte for byte', () => {
    const series = testSeries(1);
    const [first, second] = [
      writeCbor({ type: 'calibration', pedestal: new Uint8Array(99) }),
      writeCbor({ type: 'metadata', series_unique_id: series.seriesUniqueId, images: [1, 2] }),
    ];
    rig.give(startMessage(series), first, ...images(series, 0), second, endMessage(series));
    expect(rig.sink.supplements.map(({ path }) => basename(path))).toEqual([
      'calibration_000001.cbor',
      'metadata_000002.cbor',
    ]);
    const kept = rig.sink.supplements.map(({ path }) => new Uint8Array(readFileSync(path)));
    expect(kept).toEqual([first, second]);
    expect(rig.codes()).toEqual({});
  });

  it('keeps the folders of a prefix and never leaves the experiment', () => {
    rig.give(
      startMessage(testSeries(1), { userData: { file_prefix: '../../etc/lyso/run 1', sample_name: 'A1' } }),
    );
    rig.give(...images(testSeries(1), 0));
    expect(rig.sink.requests[0]).toMatchObject({ prefix: 'etc/lyso/run 1', sampleName: 'A1' });
    expect(rig.codes()['name-changed']).toBeGreaterThan(0);
  });
});

describe('bad input: each reported with its reason, and the stream goes on', () => {
  const good = testSeries(9);
  afterEach(() => {
    // After anything, the next series is taken as if nothing had happened.
    const before = rig.sink.ends.length;
    rig.give(...wholeSeries(good, 2));
    rig.wait(3000);
    expect(rig.sink.ends.at(-1)).toMatchObject({ ending: 'end-message', framesReceived: 2, missing: [] });
    expect(rig.sink.ends.length).toBeGreaterThan(before);
  });

  it('malformed and truncated CBOR', () => {
    rig.give(Uint8Array.of(0xff, 0x00), imageMessage(good, 0).subarray(0, 40), new Uint8Array(0));
    expect(rig.codes()).toEqual({ 'malformed-message': 3 });
  });

  it('messages of several parts (Stream V1 on the wrong port)', () => {
    rig.assembler.handle([new Uint8Array(3), new Uint8Array(3)], rig.arrival());
    expect(rig.codes()).toEqual({ 'malformed-message': 1 });
  });

  it('unknown message types', () => {
    rig.give(writeCbor({ type: 'x' }), new TextEncoder().encode('\u{0}'));
    expect(rig.codes()).toEqual({ 'unknown-message-type': 1, 'malformed-message': 1 });
  });

  it('a calibration without a series, or of one that is not open', () => {
    const series = testSeries(1);
    rig.give(writeCbor({ type: 'calibration' }), startMessage(series));
    rig.give(writeCbor({ type: 'metadata', series_unique_id: 'another' }), endMessage(series));
    expect(rig.codes()).toEqual({ 'supplement-without-series': 2 });
    expect(rig.sink.supplements).toEqual([]);
  });

  it('an image before a start: kept, as a series without geometry', () => {
    const series = testSeries(1);
    rig.give(...images(series, 4, 5), endMessage(series));
    expect(rig.codes()).toMatchObject({ 'image-before-start': 1 });
    expect(rig.sink.requests[0]).toMatchObject({
      framesExpected: null,
      framesPerFile: 100,
      seriesUniqueId: 'unique-1',
    });
    expect(rig.sink.ends[0]).toMatchObject({ framesReceived: 2, missing: [[0, 3]] });
  });

  it('a second start without an end: the former ends as superseded', () => {
    const [first, second] = [testSeries(1), testSeries(2)];
    rig.give(
      startMessage(first, { numberOfImages: 5 }),
      ...images(first, 0),
      startMessage(second),
      ...images(second, 0),
    );
    expect(rig.codes()).toEqual({ 'second-start': 1 });
    expect(rig.sink.ends[0]).toMatchObject({ ending: 'superseded', framesReceived: 1 });
    rig.give(endMessage(second));
  });

  it('a start with the same id again: nothing of either series is lost', () => {
    const series = testSeries(1);
    rig.give(
      startMessage(series),
      ...images(series, 0, 1),
      startMessage(series),
      ...images(series, 0),
      endMessage(series),
    );
    expect(rig.sink.ends.map(({ ending, framesReceived }) => [ending, framesReceived])).toEqual([
      ['superseded', 2],
      ['end-message', 1],
    ]);
  });

  it('an end without a start', () => {
    rig.give(endMessage(testSeries(1)));
    expect(rig.codes()).toEqual({ 'end-without-start': 1 });
  });

  it('wrong sizes: against the announced size, the first image, the element type, the blob’s own header', () => {
    const series = testSeries(1);
    const other = testSeries(1, { rows: 8 });
    const wide = { ...testArray(series, 2), dtype: 'u4' as const, elementSize: 4 as const };
    const liar = testArray(series, 3);
    liar.bytes[7]! ^= 1;
    rig.give(startMessage(series, { numberOfImages: 5 }), imageMessage(other, 0), ...images(series, 1));
    rig.give(imageMessage(series, 2, new Map([['threshold_1', wide]])));
    rig.give(imageMessage(series, 3, new Map([['threshold_1', liar]])));
    rig.give(imageMessage(other, 4), endMessage(series));
    expect(rig.codes()).toEqual({ 'wrong-size': 2, 'malformed-message': 2, 'missing-image': 1 });
    expect(rig.sink.ends[0]).toMatchObject({ framesReceived: 1, missing: [[0, 0]] });
  });

  it('doubled image ids: the first is kept, and a second with other pixels is an error of its own', () => {
    const series = testSeries(1);
    const changed = new Map([['threshold_1', testArray(series, 77)]]);
    rig.give(
      startMessage(series),
      ...images(series, 0, 0),
      imageMessage(series, 0, changed),
      endMessage(series),
    );
    expect(rig.codes()).toEqual({ 'duplicate-image': 1, 'duplicate-image-differs': 1 });
    expect(rig.sink.ends[0]).toMatchObject({ framesReceived: 1 });
  });

  it('missing image ids: gaps stay, the file is closed when the one after the next begins', () => {
    const series = testSeries(1);
    rig.give(startMessage(series), ...images(series, 0, 1, 4, 5, 6, 7, 8, 9, 12));
    expect(rig.sink.finished).toEqual([]);
    rig.give(...images(series, 20));
    expect(rig.sink.finished).toEqual([{ number: 1, rows: 10, frames: [0, 1, 4, 5, 6, 7, 8, 9] }]);
    rig.give(endMessage(series));
    expect(rig.sink.finished.map(({ number, rows }) => [number, rows])).toEqual([
      [1, 10],
      [2, 10],
      [3, 1],
    ]);
    expect(rig.sink.ends[0]!.missing).toEqual([
      [2, 3],
      [10, 11],
      [13, 19],
    ]);
  });

  it('an image for a file that is closed is lost, and said to be', () => {
    const series = testSeries(1);
    rig.give(startMessage(series), ...images(series, 0, 11, 20, 5), endMessage(series));
    expect(rig.codes()).toMatchObject({ 'late-image': 1 });
    expect(rig.sink.ends[0]!.lost).toEqual([[5, 5]]);
  });

  it('image ids that cannot be true', () => {
    const series = testSeries(1);
    rig.give(
      startMessage(series, { numberOfImages: 2 }),
      ...images(series, 0, 1, 4_000_000_000),
      endMessage(series),
    );
    expect(rig.codes()).toEqual({ 'wrong-image-id': 1 });
  });

  it('more images than announced are kept while their file can take them', () => {
    const series = testSeries(1);
    rig.give(startMessage(series, { numberOfImages: 10 }), ...images(series, 0, 10), endMessage(series));
    expect(rig.codes()).toMatchObject({ 'unexpected-image': 1 });
    expect(rig.sink.ends[0]).toMatchObject({ framesReceived: 2 });
  });

  it('an end that never comes: time-out after the last image', () => {
    const series = testSeries(1);
    rig.give(startMessage(series, { numberOfImages: 5 }), ...images(series, 0, 1));
    rig.wait(59_000);
    expect(rig.sink.ends).toEqual([]);
    rig.wait(2000);
    expect(rig.sink.ends[0]).toMatchObject({ ending: 'timeout', framesReceived: 2 });
    expect(rig.codes()).toEqual({ 'series-timeout': 1 });
  });

  it('slow series wait twenty frame times, armed ones an hour for their trigger', () => {
    const slow = testSeries(1);
    rig.give(startMessage(slow, { frameTimeS: 10 }));
    rig.nowMs += 3_000_000;
    rig.assembler.tick(rig.nowMs);
    rig.give(...images(slow, 0));
    rig.wait(150_000);
    expect(rig.sink.ends).toEqual([]);
    rig.wait(60_000);
    expect(rig.sink.ends[0]).toMatchObject({ ending: 'timeout' });
  });

  it('images after the end go on as a dataset of their own, with the start they had', () => {
    const series = testSeries(1);
    rig.give(
      startMessage(series, { userData: { file_prefix: 'lyso' } }),
      ...images(series, 0),
      endMessage(series),
    );
    rig.give(...images(series, 0, 1), endMessage(series));
    expect(rig.codes()).toEqual({ 'duplicate-image': 1, 'image-after-end': 1, 'missing-image': 1 });
    expect(rig.sink.requests.map(({ prefix }) => prefix)).toEqual(['lyso', 'lyso']);
    expect(rig.sink.ends.map(({ framesReceived }) => framesReceived)).toEqual([1, 1]);
  });

  it('a channel that is missing, one that was not announced', () => {
    const series = testSeries(1, { channels: ['threshold_1', 'threshold_2'] });
    const one = (name: string, id: number) =>
      imageMessage(series, id, new Map([[name, testArray(series, id)]]));
    rig.give(startMessage(series, { numberOfImages: 3 }), ...images(series, 0), one('threshold_1', 1));
    const three = new Map(
      ['threshold_1', 'threshold_2', 'extra'].map((name) => [name, testArray(series, 2)]),
    );
    rig.give(imageMessage(series, 2, three), endMessage(series));
    expect(rig.codes()).toEqual({ 'missing-channel': 1, 'unknown-channel': 1 });
    expect(rig.sink.ends[0]).toMatchObject({ framesReceived: 3, missing: [] });
  });

  it('an image without its first channel is received, and neither missing nor doubled', () => {
    const series = testSeries(1, { channels: ['threshold_1', 'threshold_2'] });
    const second = imageMessage(series, 1, new Map([['threshold_2', testArray(series, 1)]]));
    rig.give(startMessage(series, { numberOfImages: 3 }), ...images(series, 0), second, ...images(series, 2));
    rig.give(endMessage(series));
    expect(rig.codes()).toEqual({ 'missing-channel': 1 });
    expect(rig.sink.ends[0]).toMatchObject({ framesReceived: 3, missing: [] });
    expect(rig.sink.finished[0]).toMatchObject({ rows: 3, frames: [0, 1, 2] });
  });

  it('values of a start that make no sense become unknown', () => {
    const series = testSeries(1);
    const strange = { imageSizeX: 'wide' as unknown as number, imageSizeY: null };
    rig.give(startMessage(series, strange), ...images(series, 0), endMessage(series));
    expect(rig.codes()).toMatchObject({ 'start-value': 1 });
    expect(rig.sink.ends[0]).toMatchObject({ framesReceived: 1 });
  });

  it('a flood of one fault is folded: every message counted, two reports', () => {
    for (let n = 0; n < 5000; n++) rig.assembler.handle([Uint8Array.of(0xff)], rig.arrival());
    rig.reports.flush(true);
    expect(rig.codes()).toEqual({ 'malformed-message': 5000 });
    const folded = rig.journal.pendingReports(100).filter(({ code }) => code === 'malformed-message');
    expect(folded.map(({ count }) => count)).toEqual([1, 4999]);
  });
});

describe('faults while a series ends', () => {
  it('a file for which nothing could be stored is finished all the same', () => {
    const series = testSeries(1);
    const wrong = new Map([['threshold_1', testArray(testSeries(1, { rows: 3 }), 10)]]);
    rig.give(startMessage(series), ...images(series, ...Array(10).keys()), imageMessage(series, 10, wrong));
    rig.give(endMessage(series));
    expect(rig.sink.finished.map(({ number, rows, frames }) => [number, rows, frames.length])).toEqual([
      [1, 10, 10],
      [2, 1, 0],
    ]);
    expect(rig.sink.ends[0]).toMatchObject({ ending: 'end-message', framesReceived: 10, missing: [] });
    expect(rig.codes()).toEqual({ 'wrong-size': 1 });
  });

  it('a fault of ours with one series does not come again with the next', () => {
    const [first, second] = [testSeries(1), testSeries(2)];
    rig.give(startMessage(first), ...images(first, 0));
    rig.sink.fileFinished = () => {
      throw new Error('a fault of ours');
    };
    expect(() => rig.give(endMessage(first))).toThrow('a fault of ours');
    rig.sink.fileFinished = Recorder.prototype.fileFinished;
    rig.give(...wholeSeries(second, 3));
    expect(rig.sink.ends).toMatchObject([{ framesReceived: 3 }]);
  });
});
