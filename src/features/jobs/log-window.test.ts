import { describe, expect, it } from 'vitest';
import type { JobLogPage, LogPiece } from '#src/server/domain/jobs/jobs.service.ts';
import { KEEP_CHARACTERS, windowOf, withEarlier, withLater } from './log-window.ts';

const SIZE = KEEP_CHARACTERS / 4;
const piece = (seq: number, text = 'x'.repeat(SIZE)): LogPiece => ({
  ...{ seq, text, at: new Date(0), endByte: seq * SIZE, endLine: seq },
});
const page = (seqs: readonly number[], more: Partial<JobLogPage> = {}): JobLogPage => ({
  ...{ chunks: seqs.map((seq) => piece(seq)), firstSeq: seqs[0] ?? null, lastSeq: seqs.at(-1) ?? 0 },
  ...{ more: false, earlier: true, sizeBytes: 100 * SIZE, lines: 100, ...more },
});
const seqs = ({ pieces }: { pieces: readonly LogPiece[] }) => pieces.map(({ seq }) => seq);

describe('the share of a log that a page holds', () => {
  it('grows at its end without anything twice, and lets its beginning go when it is long', () => {
    const first = windowOf(page([1, 2], { earlier: false }));
    const grown = withLater(first, page([2, 3], { more: true }));
    expect(seqs(grown)).toEqual([1, 2, 3]);
    expect(grown).toMatchObject({ earlier: false, more: true });
    const long = withLater(grown, page([4, 5, 6]));
    expect(seqs(long)).toEqual([3, 4, 5, 6]);
    expect(long).toMatchObject({ earlier: true, more: false });
  });

  it('grows at its beginning, and lets its end go', () => {
    const end = windowOf(page([7, 8, 9]));
    const grown = withEarlier(end, page([4, 5, 6, 7], { earlier: true, more: true }));
    expect(seqs(grown)).toEqual([4, 5, 6, 7]);
    expect(grown).toMatchObject({ earlier: true, more: true });
    const start = withEarlier(windowOf(page([2, 3])), page([1], { earlier: false, more: true }));
    expect(seqs(start)).toEqual([1, 2, 3]);
    // What is behind it was not asked for again.
    expect(start).toMatchObject({ earlier: false, more: false });
  });

  it('begins anew with a new attempt of the run', () => {
    const first = windowOf(page([1, 2]));
    const again = withLater(first, { ...page([]), chunks: [piece(3, ''), piece(4)] });
    expect(seqs(again)).toEqual([4]);
    expect(again.earlier).toBe(false);
  });
});
