import { expect, it } from 'vitest';
import type { Asked } from './operation.ts';
import { OPERATIONS } from './operations.ts';

const EXPERIMENT_ID = '00000000-0000-7000-8000-000000000001';

/** What a list asks of its procedure, for what stands behind the question mark. */
async function askedOf(id: string, query: Record<string, string>): Promise<unknown> {
  const operation = OPERATIONS.find((each) => each.id === id)!;
  let told: unknown;
  const asked = {
    query: operation.query!.parse(query),
    experimentId: async () => EXPERIMENT_ID,
    call: async (name: string, input: unknown) => {
      told = [name, input];
      return { items: [], nextCursor: null };
    },
  };
  await operation.run(asked as unknown as Asked);
  return told;
}

const datasets = (query: Record<string, string>) => askedOf('datasets.list', query);

it('asks for datasets by a metric, the largest first unless told otherwise', async () => {
  const page = { experimentId: EXPERIMENT_ID, limit: 100 };
  const sorted = (falls: boolean) => ['datasets.list', { ...page, sort: { metric: 'hit rate', falls } }];
  expect(await datasets({})).toEqual(['datasets.list', page]);
  expect(await datasets({ sort: 'hit rate' })).toEqual(sorted(true));
  expect(await datasets({ sort: 'hit rate', order: 'desc' })).toEqual(sorted(true));
  expect(await datasets({ sort: 'hit rate', order: 'asc' })).toEqual(sorted(false));
  await expect(datasets({ order: 'asc' })).rejects.toThrow('Name the metric to order by, as sort.');
});

it('asks for datasets without a sample where that is said, and refuses what is neither yes nor no', async () => {
  expect(await datasets({ withoutSample: 'true' })).toMatchObject([{}, { withoutSample: true }]);
  expect(await datasets({ withoutSample: 'false' })).toMatchObject([{}, { withoutSample: false }]);
  await expect(datasets({ withoutSample: 'maybe' })).rejects.toThrow();
});

it('asks for experiments with everything that narrows and orders their list', async () => {
  const told = { search: 'lyso SAD', from: '2026-05-01T00:00:00Z', to: '2026-05-31T00:00:00+02:00' };
  const more = { visit: 'mx-4711', proposal: 'mx-47', sort: 'title' };
  const flags = { mine: 'true', active: 'false' };
  expect(
    await askedOf('experiments.list', { ...told, ...more, ...flags, state: 'running', limit: '5' }),
  ).toEqual([
    'experiments.list',
    { ...told, ...more, mine: true, active: false, states: ['running'], limit: 5 },
  ]);
});

it('asks for jobs of one state', async () => {
  expect(await askedOf('jobs.list', { state: 'failed' })).toEqual([
    'jobs.list',
    { experimentId: EXPERIMENT_ID, states: ['failed'], limit: 50 },
  ]);
});

it('asks for a page of people with a text in name, address or role', async () => {
  expect(await askedOf('members.list', { search: 'ada', limit: '5', cursor: 'x' })).toEqual([
    'experiments.members',
    { experimentId: EXPERIMENT_ID, search: 'ada', limit: 5, cursor: 'x' },
  ]);
  await expect(askedOf('members.list', { limit: '201' })).rejects.toThrow();
});
