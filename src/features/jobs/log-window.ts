import type { JobLogPage, LogPiece } from '#src/server/domain/jobs/jobs.service.ts';

/** What of a log the page holds: a run of pieces without a gap, of a log of any length. */
export interface LogWindow {
  pieces: LogPiece[];
  /** There is more before, and behind. */
  earlier: boolean;
  more: boolean;
  /** Of the whole log. */
  sizeBytes: number;
  lines: number;
}

/** So much text is held; of what was scrolled away from, the far end goes. */
export const KEEP_CHARACTERS = 1_000_000;

export const sizeOf = (pieces: readonly LogPiece[]) => pieces.reduce((sum, { text }) => sum + text.length, 0);

/** A run that begins anew leaves an empty piece, and the log begins behind it. */
function sinceRestart(pieces: LogPiece[]): LogPiece[] {
  const restart = pieces.findLastIndex(({ text }) => text === '');
  return restart < 0 ? pieces : pieces.slice(restart + 1);
}

export const windowOf = (page: JobLogPage): LogWindow => ({
  pieces: sinceRestart(page.chunks),
  earlier: page.earlier,
  more: page.more,
  sizeBytes: page.sizeBytes,
  lines: page.lines,
});

/** With what came behind it; its beginning goes when it gets too long. */
export function withLater(window: LogWindow, page: JobLogPage): LogWindow {
  const known = window.pieces.at(-1)?.seq ?? 0;
  const all = [...window.pieces, ...page.chunks.filter(({ seq }) => seq > known)];
  const pieces = sinceRestart(all);
  let earlier = pieces.length === all.length && window.earlier;
  let size = sizeOf(pieces);
  while (pieces.length > 1 && size - pieces[0]!.text.length >= KEEP_CHARACTERS) {
    size -= pieces.shift()!.text.length;
    earlier = true;
  }
  return { pieces, earlier, more: page.more, sizeBytes: page.sizeBytes, lines: page.lines };
}

/** With what came before it; its end goes when it gets too long. */
export function withEarlier(window: LogWindow, page: JobLogPage): LogWindow {
  const first = window.pieces.at(0)?.seq ?? Number.POSITIVE_INFINITY;
  const pieces = [...page.chunks.filter(({ seq }) => seq < first), ...window.pieces];
  let { more } = window;
  let size = sizeOf(pieces);
  while (pieces.length > 1 && size - pieces.at(-1)!.text.length >= KEEP_CHARACTERS) {
    size -= pieces.pop()!.text.length;
    more = true;
  }
  return { pieces, earlier: page.earlier, more, sizeBytes: page.sizeBytes, lines: page.lines };
}
