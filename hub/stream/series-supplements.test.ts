import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeCbor } from '#src/shared/codecs/cbor-writer.ts';
import { AssemblerRig } from '../testing/assembler-rig.ts';
import { limitFileSize } from '../testing/file-size-limit.ts';
import {
  endMessage,
  imageMessages as images,
  startMessage,
  testSeries,
  wholeSeries,
} from '../testing/test-messages.ts';

/** Metadata on a socket of their own: they come before the start of their series, and after its end. */
let rig: AssemblerRig;
beforeEach(() => {
  rig = new AssemblerRig({ metadata: 'tcp://127.0.0.1:2' });
});
afterEach(() => rig.dispose());

const series = testSeries(1);
const metadataOf = ({ seriesUniqueId }: { seriesUniqueId: string }, n: number) =>
  writeCbor({ type: 'metadata', series_unique_id: seriesUniqueId, images: [n] });
const giveMetadata = (...messages: Uint8Array[]) => {
  for (const message of messages) rig.assembler.handleSupplement([message], rig.arrival(), false);
};
const kept = () => rig.sink.supplements.map(({ path }) => new Uint8Array(readFileSync(path)));

it('what comes before its start is kept once the series is open, and none of another series', () => {
  giveMetadata(metadataOf(series, 0), metadataOf(testSeries(2), 9), metadataOf(series, 1));
  rig.wait(600_000);
  expect(kept()).toEqual([]);
  rig.give(startMessage(series), ...images(series, 0));
  rig.wait(250);
  expect(kept()).toEqual([metadataOf(series, 0), metadataOf(series, 1)]);
  expect(rig.sink.supplements.map(({ path }) => basename(path))).toEqual([
    'metadata_000001.cbor',
    'metadata_000002.cbor',
  ]);
  expect(rig.codes()).toEqual({});
});

it('a series stays open for two seconds after its end, and after what comes then', () => {
  rig.give(...wholeSeries(series, 2));
  rig.wait(1900);
  giveMetadata(metadataOf(series, 1));
  rig.wait(1900);
  expect(rig.sink.ends).toEqual([]);
  rig.wait(200);
  expect(kept()).toEqual([metadataOf(series, 1)]);
  expect(rig.sink.ends[0]).toMatchObject({ ending: 'end-message', framesReceived: 2, missing: [] });
  giveMetadata(metadataOf(series, 2));
  expect(rig.codes()).toEqual({ 'supplement-without-series': 1 });
});

it('the next series begins meanwhile, and each gets its own', () => {
  const next = testSeries(2);
  rig.give(...wholeSeries(series, 2), startMessage(next), ...images(next, 0));
  giveMetadata(metadataOf(next, 0), metadataOf(series, 1));
  rig.give(endMessage(next));
  rig.wait(2100);
  expect(rig.sink.supplements.map(({ path }) => path.includes(rig.sink.started[0]!))).toEqual([false, true]);
  expect(rig.sink.ends.map(({ ending }) => ending)).toEqual(['end-message', 'end-message']);
  expect(rig.codes()).toEqual({});
});

it('with several senders the series ends two seconds after the last end, not ten', () => {
  rig.dispose();
  rig = new AssemblerRig({ metadata: 'tcp://127.0.0.1:2', senders: 2 });
  rig.give(...wholeSeries(series, 2));
  rig.wait(2100);
  expect(rig.sink.ends).toEqual([]);
  rig.give(endMessage(series));
  rig.wait(2100);
  expect(rig.sink.ends).toHaveLength(1);
});

describe('what cannot be kept is told', () => {
  it('more than may wait for a start: the oldest go', () => {
    giveMetadata(...Array.from({ length: 66 }, (_, n) => metadataOf(series, n)));
    rig.give(startMessage(series));
    rig.wait(250);
    expect(kept()).toEqual(Array.from({ length: 64 }, (_, n) => metadataOf(series, n + 2)));
    expect(rig.codes()).toEqual({ 'supplement-without-series': 2 });
  });

  it('images at the address of the metadata: none is taken twice', () => {
    rig.give(startMessage(series));
    giveMetadata(...images(series, 0), endMessage(series), Uint8Array.of(0xff));
    rig.wait(3000);
    expect(rig.codes()).toEqual({ 'no-metadata': 2, 'malformed-message': 1 });
    expect([rig.assembler.counts.frames, rig.sink.ends]).toEqual([0, []]);
  });
});

it('what waits for its start goes on waiting while the disk takes nothing', () => {
  giveMetadata(metadataOf(series, 0));
  rig.give(startMessage(series));
  limitFileSize(process.pid, 8);
  try {
    expect(() => rig.wait(250)).toThrow(/EFBIG/);
  } finally {
    limitFileSize(process.pid, null);
  }
  rig.wait(250);
  expect(kept()).toEqual([metadataOf(series, 0)]);
});
