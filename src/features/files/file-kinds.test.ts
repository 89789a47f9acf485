import { describe, expect, it } from 'vitest';
import {
  concernsFolder,
  datasetOfMaster,
  filesHref,
  folderWithin,
  isMaster,
  pathSteps,
  pictureType,
  previewKind,
  standsEmpty,
} from './file-kinds.ts';

describe('files by their names', () => {
  it.each([
    ['per-frame.csv', 'table'],
    ['run.log', 'text'],
    ['CORRECT.LP', 'text'],
    ['XDS.INP', 'text'],
    ['fast-feedback.json', 'json'],
    ['snapshot.PNG', 'image'],
    ['x_data_000001.h5', 'hdf5'],
    ['README', 'none'],
    ['plot.svg', 'image'],
    ['report.HTML', 'report'],
  ])('%s is shown as %s', (name, kind) => {
    expect(previewKind(name)).toBe(kind);
  });

  it('gives pictures the type that draws them and runs nothing', () => {
    expect(['a.svg', 'b.JPG', 'c.png'].map(pictureType)).toEqual([
      'image/svg+xml',
      'image/jpeg',
      'image/png',
    ]);
  });

  it('have a link each', () => {
    expect(filesHref('DEM26-A', { kind: 'folder', path: 'raw/a b' })).toBe(
      '/experiments/DEM26-A/files?path=raw%2Fa+b',
    );
    expect(filesHref('DEM26-A', { kind: 'file', path: 'work/x', fileId: '7' })).toBe(
      '/experiments/DEM26-A/files?path=work&sel=f%3A7',
    );
    expect(filesHref('DEM26-A', { kind: 'dataset', path: 'raw/run_1', datasetId: '8' })).toBe(
      '/experiments/DEM26-A/files?path=raw&sel=d%3A8',
    );
  });

  it('knows a master by kind or name', () => {
    expect(isMaster({ name: 'lyso_master.h5' })).toBe(true);
    expect(isMaster({ name: 'odd.h5', fileKind: 'master' })).toBe(true);
    expect(isMaster({ name: 'lyso_data_000001.h5', fileKind: 'data' })).toBe(false);
  });

  it('says with which dataset a master is counted', () => {
    const master = { name: 'lyso_run1_master.h5', fileKind: 'master', datasetId: 'some-id' };
    expect(datasetOfMaster(master)).toBe('lyso_run1');
    expect(datasetOfMaster({ ...master, datasetId: null })).toBeNull();
    expect(datasetOfMaster({ name: 'notes.txt', fileKind: 'other', datasetId: 'some-id' })).toBeNull();
  });

  it('tells an empty folder of every experiment from one that is not there', () => {
    expect(['', 'raw', 'work', 'nope/xx', 'raw/nope'].map(standsEmpty)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('walks a path from the top', () => {
    expect(pathSteps('')).toEqual([]);
    expect(pathSteps('raw/lyso')).toEqual([
      { name: 'raw', path: 'raw' },
      { name: 'lyso', path: 'raw/lyso' },
    ]);
  });

  it('tells whether a new file concerns a folder', () => {
    expect(concernsFolder('raw', 'raw/a.h5')).toBe(true);
    expect(concernsFolder('raw', 'raw/deep/a.h5')).toBe(true);
    expect(concernsFolder('raw/a', 'raw/ab/x.h5')).toBe(false);
    expect(concernsFolder('', 'processed/x')).toBe(true);
  });
});

it('the folder below another in which a file lies', () => {
  expect(folderWithin('work', 'work/a/b/c.txt')).toBe('a');
  expect(folderWithin('work/a', 'work/a/b/c.txt')).toBe('b');
  expect(folderWithin('work/a/b', 'work/a/b/c.txt')).toBeNull();
  expect(folderWithin('work/a', 'work/ab/c.txt')).toBeNull();
});
