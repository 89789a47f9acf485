import { expect, it } from 'vitest';
import type { DatasetSummary } from '#src/server/domain/datasets/datasets.service.ts';
import { datasetsCsv } from './dataset-csv.ts';

const row = (more: Partial<DatasetSummary>) =>
  ({
    ...{
      base: 'raw/a',
      startedAt: new Date(0),
      sampleName: null,
      sampleContainer: null,
      samplePosition: null,
    },
    ...{
      kind: 'rotation',
      energyEv: 12_398.419843,
      exposureS: 0.01,
      omegaStartDeg: -90,
      omegaIncrementDeg: 0.1,
    },
    ...{ geometry: {}, state: 'complete', framesStored: 10, framesExpected: 10, mark: null, comment: '' },
    ...{ summary: {}, result: null },
    ...more,
  }) as DatasetSummary;

it('holds every column, numbers of jobs among them, and no formula', () => {
  const csv = datasetsCsv([
    row({ comment: 'ice, "rings"', summary: { spotsMedian: 5 } }),
    row({
      comment: '=HYPERLINK("x")',
      result: {
        jobId: 'j',
        templateName: 'DIALS full',
        isChosen: true,
        metrics: { spaceGroup: 'P 21', rPim: null },
      },
    }),
  ]);
  const lines = csv.split('\r\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^dataset,started,sample,.*,comment,result_of,rPim,spaceGroup,spotsMedian$/);
  expect(lines[1]).toBe(
    'raw/a,1970-01-01T00:00:00.000Z,,,,rotation,-90,0.1,0.01,1.000000,complete,10,10,,"ice, ""rings""",,,,5',
  );
  expect(lines[2]).toContain(`,"'=HYPERLINK(""x"")",DIALS full,,P 21,`);
});
