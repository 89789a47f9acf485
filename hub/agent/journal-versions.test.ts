import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { Journal } from './journal.ts';
import { unknownBegin } from './series-begin.ts';

const AT = '2026-11-20T12:00:00.000Z';

it('a journal of version 1 keeps its files and parts, and takes files that are neither data nor master', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-journal-'));
  try {
    const file = (kind: 'data' | 'other', number: number) => ({
      ...{ clientId: `file${number}`, seriesKey: 's', kind, number, localPath: '/spool/f' },
      ...{ partBytes: 8, createdAt: AT },
    });
    const before = new Journal(folder);
    before.addSeries({ seriesKey: 's', detector: 'd', dir: '/spool/s', openedMs: 1, begun: unknownBegin(1) });
    before.addFile(file('data', 1));
    before.setUploadOpened('file1', 'upload', 'raw/x_1.h5');
    before.putPart('file1', { partNumber: 2, sizeBytes: 8, crc32c: 'deadbeef' });
    const rows = before.filesOf('s');
    before.close();

    // The check as version 1 had it.
    const database = new DatabaseSync(path.join(folder, 'journal.db'));
    const sqlOf = (table: string) =>
      String(database.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').get(table)?.sql);
    const [file1, part1] = [sqlOf('file').replace("'master', 'other'", "'master'"), sqlOf('part')];
    expect(file1).not.toContain('other');
    database.exec(`
      CREATE TEMP TABLE parts AS SELECT * FROM part; CREATE TEMP TABLE files AS SELECT * FROM file;
      DROP TABLE part; DROP TABLE file; ${file1}; ${part1};
      INSERT INTO file SELECT * FROM files; INSERT INTO part SELECT * FROM parts;
      ALTER TABLE series DROP COLUMN begun;
      PRAGMA user_version = 1;`);
    database.close();

    const after = new Journal(folder);
    expect(after.filesOf('s')).toEqual(rows);
    expect(after.unfinishedSeries().map(({ begun }) => begun)).toEqual([unknownBegin(1)]);
    expect(after.partsOf('file1')).toEqual([{ partNumber: 2, sizeBytes: 8, crc32c: 'deadbeef' }]);
    after.addFile(file('other', -1));
    expect(after.filesOf('s').map(({ kind }) => kind)).toContain('other');
    after.close();
    new Journal(folder).close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
