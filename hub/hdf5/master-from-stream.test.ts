import { describe, expect, test } from 'vitest';
import type { StreamStart } from '#src/shared/model/stream.ts';
import { masterInputFromStream, type SeriesKnowledge } from './master-from-stream.ts';
import { hasCapture, readCapture } from './testing/real-capture.ts';

const known: SeriesKnowledge = {
  fileName: 'a_master.h5',
  framesPerFile: 4,
  dataFiles: [],
  imagesReceived: 0,
  channels: [{ name: 'threshold_1', dtype: 'u4', shape: [1065, 1030], filter: 'bslz4' }],
};

describe.skipIf(!hasCapture)('from the start of a real EIGER 1M series (testdata stream_v2)', () => {
  test('takes what the detector said and leaves out what it did not know', () => {
    const input = masterInputFromStream(readCapture().start, known);
    expect(input).toMatchObject({
      imagesExpected: 10,
      detectorSerialNumber: 'E-02-0154',
      sensorMaterial: 'Si',
      photonEnergyEv: 8000,
      saturationValue: 2_943_293,
      sampleName: 'lyso',
      instrumentShortName: 'PXIII',
      startTime: '2024-03-07T13:43:31.193Z',
    });
    expect(input.channels[0]!.thresholdEnergyEv).toBe(4000);
    expect(input.channels[0]!.pixelMask!.shape).toEqual([1065, 1030]);
    // Sent as 0/0 and [0, 0, 0]: nobody configured them.
    expect([input.beamCenterXPx, input.beamCenterYPx, input.distanceM]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(input.rotationAxisMcStas).toBeUndefined();
  });

  test('the arm date becomes UTC; without an offset it is no moment', () => {
    const { start } = readCapture();
    const startTime = (armDate: string | null) =>
      masterInputFromStream({ ...start, armDate }, known).startTime;
    expect(startTime('2024-03-07T14:43:31.193+01:00')).toBe('2024-03-07T13:43:31.193Z');
    expect(startTime('2024-03-07T14:43:31.193Z')).toBe('2024-03-07T14:43:31.193Z');
    expect(startTime('2024-03-07T14:43:31.193')).toBeUndefined();
    expect(startTime('yesterdayZ')).toBeUndefined();
    expect(startTime(null)).toBeUndefined();
  });

  test('what the caller knows goes before user_data', () => {
    const { start } = readCapture();
    const input = masterInputFromStream(start, { ...known, sampleName: 'thaumatin', instrumentName: 'X1' });
    expect([input.sampleName, input.instrumentName, input.sourceName]).toEqual([
      'thaumatin',
      'X1',
      'Swiss Light Source',
    ]);
  });

  test('a beam centre with one coordinate at 0 is a beam centre; the distance may come from the translation', () => {
    const start: StreamStart = {
      ...readCapture().start,
      beamCenterXPx: 0,
      beamCenterYPx: 512.5,
      detectorTranslationM: [0, 0, 0.25],
    };
    const input = masterInputFromStream(start, known);
    expect([input.beamCenterXPx, input.beamCenterYPx, input.distanceM]).toEqual([0, 512.5, 0.25]);
  });
});
