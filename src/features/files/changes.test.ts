import { expect, it } from 'vitest';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { changeFault, nameFaultOf } from './changes.ts';
import { putFault } from './put-fault.ts';

const folder = (path: string): FolderEntry => ({
  ...{ kind: 'folder', name: path.split('/').at(-1)!, path, files: 1, sizeBytes: 1, changedAt: null },
});
const file = (path: string, fileKind: 'other' | 'result'): FolderEntry => ({
  ...{ kind: 'file', name: path.split('/').at(-1)!, path, fileId: 'f', fileKind, datasetId: null },
  ...{ sizeBytes: 1, committedAt: new Date(0) },
});

it('only what people may change is offered for a change', () => {
  expect(changeFault([folder('work/a'), file('work/b.txt', 'other')])).toBeNull();
  expect(changeFault([])).not.toBeNull();
  expect(changeFault([folder('work')])).toMatch(/five folders/);
  expect(changeFault([folder('raw/lyso')])).toMatch(/Raw data/);
  expect(changeFault([file('work/a.txt', 'other'), file('processed/fit.json', 'result')])).toMatch(
    /by a job/,
  );
});

it('a name that cannot be stored is told while it is typed', () => {
  expect(nameFaultOf('work', 'notes.txt')).toBeNull();
  for (const name of ['', ' ', 'a/b', '..', 'a\u0000b', 'x'.repeat(300)]) {
    expect(nameFaultOf('work', name), name).not.toBeNull();
  }
});

it('who may not put files into a folder is told why', () => {
  const ask = (
    path: string,
    changes: { roles?: ['viewer'] | ['member']; state?: 'running' | 'closed' } = {},
  ) => putFault({ path, code: 'DEM26-7K2QF', roles: ['member'], state: 'running', ...changes });
  expect(ask('work/a')).toBeNull();
  expect(ask('raw/a')).toMatch(/instrument/);
  expect(ask('')).toMatch(/Open a folder/);
  expect(ask('work', { roles: ['viewer'] })).toMatch(/Member/);
  expect(ask('work', { state: 'closed' })).toMatch(/Closed/);
});
