import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Journal } from './journal.ts';

let folder: string;
let journal: Journal;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-journal-'));
  journal = new Journal(folder);
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

function reopen(): void {
  journal.close();
  journal = new Journal(folder);
}

const AT = '2026-11-20T12:00:00.000Z';
const addFile = (number: number) =>
  journal.addFile({
    clientId: `file-${number}`,
    seriesKey: 's',
    kind: 'data',
    number,
    localPath: `/spool/${number}`,
    partBytes: 8,
    createdAt: AT,
  });

it('remembers over a restart what was noted, and forgets what is done with', () => {
  journal.addSeries({ seriesKey: 's', detector: 'd', dir: '/spool/s', openedMs: 1 });
  journal.setSeriesOpened('s', 'dataset', 'raw/x');
  journal.setSeriesProgress('s', 12, 14);
  addFile(2);
  addFile(1);
  const settled = {
    sizeBytes: 99,
    rows: 5,
    absent: [[3, 3]] as [number, number][],
    createdAt: AT,
    settledAt: AT,
    masks: [],
  };
  journal.setFileSettled({ clientId: 'file-1', ...settled });
  journal.setUploadOpened('file-1', 'upload', 'raw/x_1.h5');
  journal.putPart('file-1', { partNumber: 2, sizeBytes: 8, crc32c: 'deadbeef' });
  journal.setMeta('clock-offset-ms', '12.5');
  reopen();
  expect(journal.unfinishedSeries()).toMatchObject([
    {
      seriesKey: 's',
      state: 'receiving',
      datasetId: 'dataset',
      base: 'raw/x',
      framesReceived: 12,
      lastFrame: 14,
    },
  ]);
  expect(journal.filesOf('s')).toMatchObject([
    { number: 1, state: 'settled', sizeBytes: 99, rows: 5, absent: [[3, 3]], uploadId: 'upload' },
    { number: 2, state: 'growing' },
  ]);
  expect(journal.partsOf('file-1')).toEqual([{ partNumber: 2, sizeBytes: 8, crc32c: 'deadbeef' }]);
  expect(journal.meta('clock-offset-ms')).toBe('12.5');
  journal.forgetUpload('file-1');
  expect(journal.partsOf('file-1')).toEqual([]);
  journal.closeSeries('s');
  expect([journal.unfinishedSeries(), journal.filesOf('s')]).toEqual([[], []]);
});

it('ends a series once: what a second end says does not count', () => {
  journal.addSeries({ seriesKey: 's', detector: 'd', dir: '/spool/s', openedMs: 1 });
  const end = { endedAt: AT, framesReceived: 3, lastFrame: 2, missing: [], lost: [] };
  journal.setSeriesEnded('s', { ...end, ending: 'end-message' });
  journal.setSeriesEnded('s', { ...end, ending: 'timeout', framesReceived: 0 });
  expect(journal.unfinishedSeries()[0]).toMatchObject({ ending: 'end-message', framesReceived: 3 });
});

it('keeps reports in order until they are delivered', () => {
  for (let n = 0; n < 5; n++) {
    const message = `report ${n}`;
    journal.addReport({
      at: AT,
      level: 'warn',
      code: 'c',
      message,
      detector: null,
      seriesKey: null,
      count: 1,
    });
  }
  reopen();
  const pending = journal.pendingReports(3);
  expect(pending.map(({ message }) => message)).toEqual(['report 0', 'report 1', 'report 2']);
  journal.dropReports(pending.map(({ id }) => id));
  expect(journal.pendingReports(10).map(({ message }) => message)).toEqual(['report 3', 'report 4']);
});

it('gives up old reports of a long silence, errors last', () => {
  for (let n = 0; n < 200; n++) {
    const level = n === 0 ? 'error' : 'info';
    journal.addReport(
      { at: AT, level, code: 'c', message: `${n}`, detector: null, seriesKey: null, count: 1 },
      50,
    );
  }
  const kept = journal.pendingReports(1000);
  expect(kept.length).toBeLessThanOrEqual(150);
  expect(kept[0]!.message).toBe('0');
  expect(kept.at(-1)!.message).toBe('199');
});

it('refuses a journal of a newer version', () => {
  journal.close();
  const database = new DatabaseSync(path.join(folder, 'journal.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  expect(() => new Journal(folder)).toThrow('newer version');
  rmSync(path.join(folder, 'journal.db'));
  journal = new Journal(folder);
});
