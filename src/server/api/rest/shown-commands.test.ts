import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import {
  type ApiRequest,
  curlOf,
  linkExperiment,
  makeExperiment,
  makeProject,
  writeSamples,
} from '#src/shared/model/api-commands.ts';
import { findOperation } from './find-operation.ts';
import { OPERATIONS } from './operations.ts';

/** Commands that empty lists teach: each is an operation, with a body that it takes. */
const SHOWN: readonly [string, ApiRequest][] = [
  ['experiments.create', makeExperiment('mx-1')],
  ['samples.write', writeSamples('DEM26-7K2QF')],
  ['projects.create', makeProject()],
  ['projects.link', linkExperiment('DEM26-7K2QF')],
];

it.each(SHOWN)('%s is shown as it is taken', (id, { method, path, body }) => {
  const { operation } = findOperation(OPERATIONS, method, path);
  expect(operation.id).toBe(id);
  if (body === undefined) expect(operation.body).toBeUndefined();
  else expect(operation.body!.safeParse(body).error).toBeUndefined();
});

it('is one line for a shell, whatever stands in it', () => {
  const request: ApiRequest = { method: 'PUT', path: '/x', body: { title: 'Ada’s "own", it\'s $HOME' } };
  const line = curlOf(request, 'https://beamdeck.example.org');
  expect(line).not.toContain('\n');
  const told = execFileSync('sh', ['-c', line.replace(/^curl/, "printf '%s\\n'")], {
    env: { BEAMDECK_TOKEN: 'bd_1', NODE_ENV: 'test' },
    encoding: 'utf8',
  });
  expect(told.trim().split('\n')).toEqual([
    ...['-f', '-X', 'PUT', '-H', 'Authorization: Bearer bd_1', '-H', 'Content-Type: application/json'],
    ...['-d', JSON.stringify(request.body), 'https://beamdeck.example.org/api/v1/x'],
  ]);
});
