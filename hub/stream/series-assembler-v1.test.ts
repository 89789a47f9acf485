import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import { AssemblerRig } from '../testing/assembler-rig.ts';
import { startMessage, testSeries } from '../testing/test-messages.ts';
import { endPartsV1, imagePartsV1, startPartsV1, wholeSeriesV1 } from '../testing/test-messages-v1.ts';
import { START_FILE } from './start-file.ts';

let rig: AssemblerRig;
beforeEach(() => {
  rig = new AssemblerRig({ protocol: 'stream-v1' });
});
afterEach(() => rig.dispose());

const six = testSeries(6);
const images = (...ids: number[]) => ids.map((id) => imagePartsV1(six, id));

describe('Stream V1', () => {
  it('becomes the same series as Stream V2, its start kept for the master file', () => {
    rig.give(...wholeSeriesV1(six, 25, { appendix: { file_prefix: 'lyso/run_1' } }));
    expect(rig.sink.requests).toMatchObject([
      {
        seriesId: 6,
        seriesUniqueId: '6@2026-05-06T10:00:00.000000',
        detectorSerialNumber: 'TEST-V1',
        framesExpected: 25,
        framesPerFile: 10,
        prefix: 'lyso/run_1',
        channels: [{ name: 'default', dtype: 'u2', filter: 'bslz4' }],
      },
    ]);
    expect(rig.sink.ends).toMatchObject([{ ending: 'end-message', framesReceived: 25, missing: [] }]);
    expect(rig.codes()).toEqual({});
    const kept = readFileSync(path.join(rig.folder, rig.sink.started[0]!, START_FILE));
    expect(decodeStreamV2(kept)).toMatchObject({ type: 'start', seriesId: 6, numberOfImages: 25 });
  });

  it('a number used again after a restart of the detector is another series', () => {
    rig.give(...wholeSeriesV1(six, 3), ...wholeSeriesV1(six, 3, { armDate: '2026-06-01T08:00:00.000000' }));
    expect(rig.sink.ends.map(({ framesReceived }) => framesReceived)).toEqual([3, 3]);
    expect(new Set(rig.sink.requests.map(({ seriesUniqueId }) => seriesUniqueId)).size).toBe(2);
    expect(rig.codes()).toEqual({});
  });

  it('a detector that dies in a series and comes back with the same number', () => {
    rig.give(startPartsV1(six, { numberOfImages: 9 }), ...images(0, 1, 2));
    rig.give(...wholeSeriesV1(six, 2, { armDate: '2026-06-01T08:00:00.000000' }));
    expect(rig.sink.ends.map(({ ending, framesReceived }) => [ending, framesReceived])).toEqual([
      ['superseded', 3],
      ['end-message', 2],
    ]);
    expect(rig.codes()).toEqual({ 'second-start': 1 });
  });

  it('header detail none: each start is a series of its own, known by when it came', () => {
    rig.give(...wholeSeriesV1(six, 2, { headerDetail: 'none' }));
    rig.give(...wholeSeriesV1(six, 2, { headerDetail: 'none' }));
    expect(rig.sink.ends.map(({ framesReceived }) => framesReceived)).toEqual([2, 2]);
    expect(rig.sink.requests.map(({ framesExpected }) => framesExpected)).toEqual([null, null]);
    expect(rig.codes()).toEqual({});
  });

  it('images without their start are one series, also where their number was used before', () => {
    rig.give(...wholeSeriesV1(six, 2), ...images(0, 1, 2), endPartsV1(six));
    expect(rig.codes()).toEqual({ 'image-before-start': 1 });
    expect(rig.sink.ends.map(({ framesReceived }) => framesReceived)).toEqual([2, 3]);
  });

  it('an image after the end goes on as a dataset of its own; a second end says nothing', () => {
    rig.give(
      startPartsV1(six),
      ...images(0, 1),
      endPartsV1(six),
      endPartsV1(six),
      ...images(2),
      endPartsV1(six),
    );
    expect(rig.codes()).toEqual({ 'image-after-end': 1, 'missing-image': 1 });
    expect(rig.sink.ends.map(({ framesReceived }) => framesReceived)).toEqual([2, 1]);
  });

  it('a series without end is over after the time without images', () => {
    rig.give(startPartsV1(six, { numberOfImages: 10 }), ...images(0, 1, 2));
    rig.wait(59_000);
    expect(rig.sink.ends).toEqual([]);
    rig.wait(2000);
    expect(rig.sink.ends).toMatchObject([{ ending: 'timeout', framesReceived: 3, lastFrame: 2 }]);
  });

  it('what is none of it is refused with its reason, and the stream goes on', () => {
    rig.give(startMessage(six), [new Uint8Array(3)], images(0)[0]!.slice(0, 2), []);
    expect(rig.codes()).toEqual({ 'malformed-message': 4 });
    rig.give(...wholeSeriesV1(six, 2));
    expect(rig.sink.ends).toMatchObject([{ framesReceived: 2 }]);
  });
});
