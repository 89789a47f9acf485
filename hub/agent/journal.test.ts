import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limitFileSize } from '../testing/file-size-limit.ts';
import { Journal } from './journal.ts';
import { unknownBegin } from './series-begin.ts';

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
  journal.addSeries({ seriesKey: 's', detector: 'd', dir: '/spool/s', openedMs: 1, begun: unknownBegin(1) });
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
  journal.addSeries({ seriesKey: 's', detector: 'd', dir: '/spool/s', openedMs: 1, begun: unknownBegin(1) });
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

describe('a disk that takes nothing (the kernel lets no file grow)', () => {
  const never = new AbortController().signal;
  let told: string[];

  const block = () => limitFileSize(process.pid, statSync(path.join(folder, 'journal.db-wal')).size);
  const unblock = () => limitFileSize(process.pid, null);
  const report = (message: string) =>
    journal.addReport({
      at: AT,
      level: 'info',
      code: 'c',
      message,
      detector: null,
      seriesKey: null,
      count: 1,
    });
  const messages = (limit = 100) => journal.pendingReports(limit).map(({ message }) => message);

  /** What a process would find that is started after this one was killed now. */
  function onDisk<T>(read: (copy: Journal) => T): T {
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-journal-copy-'));
    for (const name of ['journal.db', 'journal.db-wal']) {
      copyFileSync(path.join(folder, name), path.join(elsewhere, name));
    }
    const copy = new Journal(elsewhere);
    try {
      return read(copy);
    } finally {
      copy.close();
      rmSync(elsewhere, { recursive: true });
    }
  }

  beforeEach(() => {
    told = [];
    journal.listen({
      blocked: (reason) => told.push(`blocked: ${reason}`),
      recovered: () => told.push('recovered'),
      refused: (error) => told.push(String(error)),
    });
    journal.addSeries({
      seriesKey: 's',
      detector: 'd',
      dir: '/spool/s',
      openedMs: 1,
      begun: unknownBegin(1),
    });
    addFile(1);
  });
  afterEach(unblock);

  it('what is noted waits in its order and is written when the disk takes it, told once each', async () => {
    block();
    journal.setFileConfirmed('file-1', 'raw/x_1.h5');
    addFile(2);
    journal.forgetUpload('file-2');
    journal.dropFile('file-1');
    let isWritten = false;
    const written = journal.written(never).then(() => {
      isWritten = true;
    });
    journal.retryWrites();
    await Promise.resolve();
    expect(told).toEqual(['blocked: disk I/O error']);
    expect(isWritten).toBe(false);
    expect(journal.filesOf('s')).toMatchObject([{ number: 1, state: 'growing' }]);
    unblock();
    journal.retryWrites();
    await written;
    expect(told).toEqual(['blocked: disk I/O error', 'recovered']);
    expect(onDisk((copy) => copy.filesOf('s').map(({ number }) => number))).toEqual([2]);
    await journal.written(never);
  });

  it('a later note does not overtake those that wait', () => {
    block();
    addFile(2);
    unblock();
    journal.setFileLost('file-2');
    expect(onDisk((copy) => copy.filesOf('s').map(({ state }) => state))).toEqual(['growing', 'lost']);
  });

  it('a value that waits gives way to a later one', () => {
    block();
    journal.setSeriesProgress('s', 1, 0);
    addFile(2);
    for (let frame = 1; frame < 50; frame++) journal.setSeriesProgress('s', frame + 1, frame);
    journal.setMeta('clock-offset-ms', '1');
    journal.setMeta('clock-offset-ms', '2');
    unblock();
    journal.retryWrites();
    const [row, clock] = onDisk(
      (copy) => [copy.unfinishedSeries()[0]!, copy.meta('clock-offset-ms')] as const,
    );
    expect(row).toMatchObject({ framesReceived: 50, lastFrame: 49 });
    expect(clock).toBe('2');
  });

  it('what is wrong in itself is thrown, and does not hold up others when it had waited', () => {
    expect(() => addFile(1)).toThrow('UNIQUE');
    block();
    for (const number of [2, 2, 3]) addFile(number);
    unblock();
    journal.retryWrites();
    expect(told[1]).toContain('UNIQUE');
    expect(told[2]).toBe('recovered');
    expect(journal.filesOf('s').map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('reports are sent from the waiting list too, and those delivered are not sent again', () => {
    report('before');
    block();
    report('meanwhile');
    expect(messages()).toEqual(['before', 'meanwhile']);
    expect(messages(1)).toEqual(['before']);
    journal.dropReports(journal.pendingReports(2).map(({ id }) => id));
    report('later');
    expect(messages(1)).toEqual(['later']);
    unblock();
    journal.retryWrites();
    expect(messages()).toEqual(['later']);
    expect(onDisk((copy) => copy.pendingReports(10).map(({ message }) => message))).toEqual(['later']);
  });

  it('reports of a long silence are given up in memory as on disk, errors last', () => {
    block();
    for (let n = 0; n < 200; n++) {
      journal.addReport(
        {
          at: AT,
          level: n === 0 ? 'error' : 'info',
          code: 'c',
          message: `${n}`,
          detector: null,
          seriesKey: null,
          count: 1,
        },
        50,
      );
    }
    const kept = messages(1000);
    expect(kept.length).toBeLessThanOrEqual(150);
    expect([kept[0], kept.at(-1)]).toEqual(['0', '199']);
  });

  it('who waits is let go at a stop, and a close tells that something is forgotten', async () => {
    block();
    addFile(2);
    const stop = new AbortController();
    const waiting = journal.written(stop.signal);
    stop.abort(new Error('the HUB stops'));
    await expect(waiting).rejects.toThrow('the HUB stops');
    expect(journal.close()).toBe(false);
    unblock();
    journal = new Journal(folder);
    expect(journal.filesOf('s')).toMatchObject([{ number: 1 }]);
  });
});
