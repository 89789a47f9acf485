import { describe, expect, it } from 'vitest';
import { matches, notGivable, type Tray, trayRows } from './tray-row.ts';

const datasets: Tray['datasets'] = [
  {
    id: 'd1',
    base: 'raw/lyso/run_1',
    reason: 'No experiment was active.',
    state: 'stopped',
    ending: 'timeout',
    sourceKind: 'stream',
    detectorName: 'eiger',
    framesExpected: 10,
    framesStored: 3,
    startedAt: new Date('2026-11-21T10:00:00Z'),
  },
];
const files: Tray['files'] = [
  {
    id: 'f1',
    path: 'raw/notes_2.txt',
    source: 'landing',
    sourcePath: 'session/notes.txt',
    reason: 'It is older than what the agent knows.',
    sizeBytes: 12,
    sourceCreatedAt: null,
    committedAt: new Date('2026-11-21T11:00:00Z'),
  },
];

describe('the rows of the tray', () => {
  const [file, dataset] = trayRows({ datasets, files });

  it('hold datasets and files, the newest first, files by the name they had at their source', () => {
    expect(file).toMatchObject({ kind: 'file', path: 'session/notes.txt', source: 'landing', sizeBytes: 12 });
    expect(dataset).toMatchObject({ kind: 'dataset', path: 'lyso/run_1', source: 'eiger', sizeBytes: null });
  });

  it('are found by any words of name, source and reason', () => {
    expect(matches(dataset!, 'EIGER active')).toBe(true);
    expect(matches(dataset!, 'eiger older')).toBe(false);
    expect(matches(file!, '')).toBe(true);
  });

  it('are not given away while they arrive', () => {
    expect(notGivable(dataset!)).toBeNull();
    expect(notGivable(file!)).toBeNull();
    const [receiving] = trayRows({ datasets: [{ ...datasets[0]!, state: 'receiving' }], files: [] });
    expect(notGivable(receiving!)).toMatch(/still being received/);
  });
});
