import { expect, it } from 'vitest';
import { columnTracks, readColumns, resultWords, USUAL_COLUMNS } from './dataset-columns.ts';

it('remembers what was chosen, without what is no more, in the order of the table', () => {
  expect(readColumns(null, ['x'])).toBeNull();
  expect(readColumns('metric:x comment frames gone metric:y', ['x'])).toEqual([
    'frames',
    'comment',
    'metric:x',
  ]);
  expect(readColumns('', [])).toEqual([]);
  expect(columnTracks(USUAL_COLUMNS).tracks.split(' ')).toHaveLength(USUAL_COLUMNS.length + 1);
  expect(columnTracks(['metric:x']).leastPx).toBeGreaterThan(columnTracks([]).leastPx);
});

it('tells what came out of a merging, and nothing where there was none', () => {
  const metrics = { spaceGroup: 'P 43 21 2', cell: '78.9 78.9 37.1 90 90 90', ccHalf: 0.9987 };
  const summary = { mergedResolutionA: 1.6, completeness: 98.24 };
  expect(
    resultWords({ summary, result: { jobId: 'j', templateName: 'DIALS', isChosen: false, metrics } }),
  ).toEqual({
    symmetry: 'P 43 21 2 · 78.9 78.9 37.1 90 90 90',
    quality: '1.60\u00a0Å · 98.2\u00a0% · CC½ 0.999',
  });
  expect(resultWords({ summary: { spotsMedian: 5 }, result: null })).toBeNull();
});
