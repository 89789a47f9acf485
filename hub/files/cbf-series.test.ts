import { expect, it } from 'vitest';
import { readCbf } from '#src/shared/codecs/cbf.ts';
import { encodeMiniCbf } from '#src/testing/mini-cbf.ts';
import { cbfDatasetRequest } from './cbf-series.ts';
import { pathBytesOfText } from './path-bytes.ts';

/** Frame `frame` of a series that begins at 10° and turns by 0.1° each, as its own header says. */
function geometryBy(frame: number, lines: string[]) {
  const bytes = encodeMiniCbf({ rows: 2, columns: 3, pixels: new Int32Array(6), lines });
  const at = '2026-05-01T10:00:00.000Z';
  const acquired = {
    seenAt: at,
    watchedSince: at,
    appearedAt: at,
    modifiedAt: at,
    clockOffsetMs: 0,
    clockDoubtMs: 0,
  };
  return cbfDatasetRequest('raw', pathBytesOfText('lyso'), readCbf(bytes), frame, acquired).geometry;
}
const started = (angle: string) => `Start_angle ${angle} deg.`;
const STEP = 'Angle_increment 0.1000 deg.';

it('a series begins at the angle of its first frame, whichever of them is read first', () => {
  for (const [frame, angle] of [
    [0, '10.0000'],
    [3, '10.3000'],
    [899, '99.9000'],
  ] as const)
    expect(geometryBy(frame, [started(angle), STEP])).toMatchObject({
      omegaStartDeg: 10,
      omegaIncrementDeg: 0.1,
    });
});

it('where no header says how far it turns, the angle is known of the first frame alone', () => {
  expect(geometryBy(0, [started('10.0000')]).omegaStartDeg).toBe(10);
  expect(geometryBy(7, [started('10.7000')]).omegaStartDeg).toBeNull();
});
