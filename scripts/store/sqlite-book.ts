import { DatabaseSync } from 'node:sqlite';
import type { MoveBook } from '#src/server/domain/store-move/store-move.ts';

/** In place of the time, while a content is on its way. */
const UNPROVED = -1;

interface Row {
  sha256: string;
  size: number;
  stored: number;
}

/** The book of a move in a file, a row per object; times in ms since 1970. Each row is durable before the next content is taken. */
export class SqliteBook implements MoveBook {
  private readonly database: DatabaseSync;
  private readonly run: number;

  constructor(file: string) {
    this.database = new DatabaseSync(file);
    this.database.exec(`
      pragma journal_mode = wal;
      pragma synchronous = full;
      create table if not exists brought (
        key text primary key, sha256 text not null, size integer not null, stored integer not null, run integer not null
      ) without rowid, strict;
    `);
    const last = this.database.prepare('select coalesce(max(run), 0) as run from brought').get();
    this.run = Number(last!.run) + 1;
  }

  find({ key, sha256 }: Parameters<MoveBook['find']>[0]): ReturnType<MoveBook['find']> {
    this.database.prepare('update brought set run = ? where key = ?').run(this.run, key);
    const row = this.database.prepare('select sha256, size, stored from brought where key = ?').get(key) as
      | Row
      | undefined;
    if (row === undefined || row.sha256 !== (sha256 ?? '') || row.stored === UNPROVED) return null;
    return { sizeBytes: row.size, storedAt: new Date(row.stored) };
  }

  begin(content: Parameters<MoveBook['begin']>[0]): void {
    this.write(content, 0, UNPROVED);
  }

  add(...[content, stat]: Parameters<MoveBook['add']>): void {
    this.write(content, stat.sizeBytes, stat.storedAt.getTime());
  }

  private write({ key, sha256 }: Parameters<MoveBook['begin']>[0], size: number, stored: number): void {
    this.database
      .prepare('insert or replace into brought (key, sha256, size, stored, run) values (?, ?, ?, ?, ?)')
      .run(key, sha256 ?? '', size, stored, this.run);
  }

  unwanted(): string[] {
    const rows = this.database.prepare('select key from brought where run <> ?').all(this.run);
    return rows.map(({ key }) => String(key));
  }

  remove(key: string): void {
    this.database.prepare('delete from brought where key = ?').run(key);
  }

  close(): void {
    this.database.close();
  }
}
