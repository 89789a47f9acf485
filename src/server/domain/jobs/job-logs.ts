import type { Database } from '../../db/client.ts';
import type { JobLogPage, LogSearchPage } from './job.types.ts';
import { type LogPiece, logAfter, logBefore, logTail, storedLog } from './job-log.repository.ts';
import { LINE_BEGIN_CHARACTERS, type LogSearchPlace, searchPieces } from './log-search.ts';

const PAGE = { bytes: 256 * 1024, pieces: 400 };
const HALF_PAGE = { bytes: PAGE.bytes / 2, pieces: PAGE.pieces / 2 };
/** What one request searches: some tens of milliseconds. */
const SEARCH = { bytes: 8 * 1024 * 1024, pieces: 4000 };
const LINE_BEGIN = { bytes: 4 * LINE_BEGIN_CHARACTERS, pieces: 200 };
const MAX_HITS = 200;
const LAST_SEQ = 2 ** 31 - 1;

/** What a reader asks for: what is behind a piece, before one, or around one; without any, the end, which people look for. */
export interface LogWish {
  afterSeq?: number | null;
  beforeSeq?: number | null;
  aroundSeq?: number | null;
}

async function wishedPieces(db: Database, jobId: string, wish: LogWish): Promise<LogPiece[]> {
  if (wish.afterSeq != null) return logAfter(db, jobId, wish.afterSeq, PAGE);
  if (wish.beforeSeq != null) return logBefore(db, jobId, wish.beforeSeq, PAGE);
  if (wish.aroundSeq == null) return logTail(db, jobId, PAGE);
  const [before, after] = await Promise.all([
    logBefore(db, jobId, wish.aroundSeq, HALF_PAGE),
    logAfter(db, jobId, wish.aroundSeq - 1, HALF_PAGE),
  ]);
  return [...before, ...after];
}

/** A share of a job's log: a log of any size is read by what is in sight. */
export async function readLogPage(db: Database, jobId: string, wish: LogWish): Promise<JobLogPage> {
  // The end is asked for first: what is written in between is then told as more.
  const end = await storedLog(db, jobId);
  const chunks = await wishedPieces(db, jobId, wish);
  const first = chunks.at(0);
  const lastSeq = chunks.at(-1)?.seq ?? wish.afterSeq ?? 0;
  return {
    chunks,
    firstSeq: first?.seq ?? null,
    lastSeq,
    more: lastSeq < end.seq && chunks.length > 0,
    earlier: first !== undefined && first.endByte > Buffer.byteLength(first.text),
    sizeBytes: end.endByte,
    lines: end.endLine,
  };
}

/** Searches a log from its end, or from where the last answer left off, a window at a time. */
export async function searchLog(
  db: Database,
  jobId: string,
  input: { text: string; from: LogSearchPlace | null },
): Promise<LogSearchPage> {
  const end = await storedLog(db, jobId);
  const beforeSeq = input.from === null ? LAST_SEQ : input.from.seq + 1;
  const pieces = await logBefore(db, jobId, beforeSeq, SEARCH);
  const first = pieces.at(0);
  if (!first) return { hits: [], next: null, leftBytes: 0, sizeBytes: end.endByte };
  const earlier = await logBefore(db, jobId, first.seq, LINE_BEGIN);
  const text = earlier.map((piece) => piece.text).join('');
  const before = text.slice(text.lastIndexOf('\n') + 1).slice(-LINE_BEGIN_CHARACTERS);
  const isEnd = input.from === null;
  const found = searchPieces(pieces, { text: input.text, before, isEnd });
  // Where the last answer stopped within a window, what it told is left out.
  const fresh = input.from === null ? found : found.filter(({ line }) => line < input.from!.line);
  const hits = fresh.slice(-MAX_HITS).reverse();
  const windowBegin = first.endByte - Buffer.byteLength(first.text);
  if (fresh.length > MAX_HITS) {
    const { seq, line } = hits.at(-1)!;
    const at = pieces.find((piece) => piece.seq === seq)!;
    return { hits, next: { seq, line }, leftBytes: at.endByte, sizeBytes: end.endByte };
  }
  const last = earlier.at(-1);
  const next = last && windowBegin > 0 ? { seq: last.seq, line: last.endLine + 1 } : null;
  return { hits, next, leftBytes: windowBegin, sizeBytes: end.endByte };
}

/** The whole of it, piece by piece, as it is when it is read. */
export async function* wholeLog(db: Database, jobId: string): AsyncGenerator<string> {
  for (let afterSeq = 0; ; ) {
    const pieces = await logAfter(db, jobId, afterSeq, PAGE);
    const last = pieces.at(-1);
    if (!last) return;
    yield pieces.map((piece) => piece.text).join('');
    afterSeq = last.seq;
  }
}
