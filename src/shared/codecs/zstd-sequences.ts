import { CodecError } from './codec-error.ts';
import { backwardBits, FseTable, load32 } from './zstd-tables.ts';

/*
 * Sequences of a compressed Zstandard block (RFC 8878 sections 3.1.1.3.2 and 3.1.1.4): how many literals to copy, then how
 * long a match to copy from how far back.
 */

// Appendix A of the RFC: distributions of the predefined tables.
const LITERALS_DISTRIBUTION = [
  4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1,
  -1,
];
const MATCH_DISTRIBUTION = [
  1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
];
const OFFSET_DISTRIBUTION = [
  1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
];

/** Extra bits per code; the first value of each code follows from them. */
const LITERALS_BITS = Uint8Array.of(
  ...new Array<number>(16).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const MATCH_BITS = Uint8Array.of(
  ...new Array<number>(32).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);

function firstValues(bits: Uint8Array, smallest: number): Int32Array {
  let value = smallest;
  return Int32Array.from(bits, (width) => {
    const first = value;
    value += 2 ** width;
    return first;
  });
}
const LITERALS_BASE = firstValues(LITERALS_BITS, 0);
const MATCH_BASE = firstValues(MATCH_BITS, 3);

/** No frame of ours is larger than 2^26 bytes: a longer offset leads out of it anyway. */
const MAX_OFFSET_CODE = 26;

/** One of the three tables of a frame: kept from block to block for mode "repeat". */
class SequenceTable {
  private readonly own: FseTable;
  private readonly predefined: FseTable;
  private readonly maxAccuracyLog: number;
  private readonly maxSymbol: number;
  current: FseTable | null = null;

  constructor(maxAccuracyLog: number, maxSymbol: number, distribution: readonly number[], log: number) {
    this.own = new FseTable(maxAccuracyLog);
    this.predefined = new FseTable(log);
    this.predefined.fill(distribution, distribution.length, log);
    this.maxSymbol = maxSymbol;
    this.maxAccuracyLog = maxAccuracyLog;
  }

  /** @returns the position behind the table's description */
  read(mode: number, source: Uint8Array, from: number, to: number): number {
    if (mode === 0) {
      this.current = this.predefined;
      return from;
    }
    if (mode === 3) {
      if (this.current === null) throw new CodecError('Zstandard block repeats a table that never came');
      return from;
    }
    this.current = this.own;
    if (mode === 2) return this.own.read(source, from, to, this.maxAccuracyLog, this.maxSymbol);
    if (from >= to || source[from]! > this.maxSymbol)
      throw new CodecError('Zstandard sequence code is outside its range');
    this.own.fillSingle(source[from]!);
    return from + 1;
  }
}

/** Decodes the sequences of a frame's blocks; `reset` before each frame. */
export class SequenceDecoder {
  private readonly literals = new SequenceTable(9, 35, LITERALS_DISTRIBUTION, 6);
  private readonly offsets = new SequenceTable(8, 31, OFFSET_DISTRIBUTION, 5);
  private readonly matches = new SequenceTable(9, 52, MATCH_DISTRIBUTION, 6);
  private repeat0 = 1;
  private repeat1 = 4;
  private repeat2 = 8;

  reset(): void {
    this.literals.current = null;
    this.offsets.current = null;
    this.matches.current = null;
    this.repeat0 = 1;
    this.repeat1 = 4;
    this.repeat2 = 8;
  }

  /**
   * Runs the sequences section `source[from, to)`.
   * @param literals the block's literals, of which `literalCount` count
   * @param start where the frame begins in `target`; no match may reach before it
   * @returns the position in `target` behind the block
   */
  run(
    source: Uint8Array,
    from: number,
    to: number,
    literals: Uint8Array,
    literalCount: number,
    target: Uint8Array,
    start: number,
    at: number,
    end: number,
  ): number {
    if (from >= to) throw new CodecError('Zstandard block has no sequences section');
    let position = from + 1;
    let count = source[from]!;
    if (count > 127) {
      const wide = count === 255;
      if (to - position < (wide ? 2 : 1)) throw new CodecError('Zstandard sequences are cut');
      const next = source[position++]!;
      count = wide ? next + (source[position++]! << 8) + 0x7f00 : ((count - 128) << 8) + next;
    }
    if (count === 0) {
      if (position !== to) throw new CodecError('Zstandard block has bytes behind its literals');
      return copyLiterals(literals, 0, literalCount, target, at, end);
    }
    const modes = position < to ? source[position++]! : 3;
    if ((modes & 3) !== 0) throw new CodecError('Zstandard sequence modes are broken');
    position = this.literals.read(modes >> 6, source, position, to);
    position = this.offsets.read((modes >> 4) & 3, source, position, to);
    position = this.matches.read((modes >> 2) & 3, source, position, to);
    return this.execute(count, source, position, to, literals, literalCount, target, start, at, end);
  }

  private execute(
    count: number,
    source: Uint8Array,
    from: number,
    to: number,
    literals: Uint8Array,
    literalCount: number,
    target: Uint8Array,
    start: number,
    at: number,
    end: number,
  ): number {
    const [literalTable, offsetTable, matchTable] = [this.literals, this.offsets, this.matches].map(
      ({ current }) => current!,
    ) as [FseTable, FseTable, FseTable];
    let bit = backwardBits(source, from, to);
    const read = (width: number): number => {
      bit -= width;
      // Before the start of the stream stands nothing: the check after the sequence refuses it.
      if (bit < 0) return 0;
      return (load32(source, from + (bit >> 3)) >>> (bit & 7)) & ((1 << width) - 1);
    };
    let literalState = read(literalTable.accuracyLog);
    let offsetState = read(offsetTable.accuracyLog);
    let matchState = read(matchTable.accuracyLog);
    let out = at;
    let used = 0;
    for (let left = count; left > 0; left--) {
      const offsetCode = offsetTable.symbols[offsetState]!;
      const matchCode = matchTable.symbols[matchState]!;
      const literalCode = literalTable.symbols[literalState]!;
      if (offsetCode > MAX_OFFSET_CODE) throw new CodecError('Zstandard match points before the frame');
      // A 32-bit word holds 25 bits wherever they start.
      const high = offsetCode > 24 ? read(offsetCode - 24) * 2 ** 24 : 0;
      const offsetValue = 2 ** offsetCode + high + read(Math.min(24, offsetCode));
      const match = MATCH_BASE[matchCode]! + read(MATCH_BITS[matchCode]!);
      const plain = LITERALS_BASE[literalCode]! + read(LITERALS_BITS[literalCode]!);
      if (left > 1) {
        literalState = literalTable.base[literalState]! + read(literalTable.bits[literalState]!);
        matchState = matchTable.base[matchState]! + read(matchTable.bits[matchState]!);
        offsetState = offsetTable.base[offsetState]! + read(offsetTable.bits[offsetState]!);
      }
      if (bit < 0) throw new CodecError('Zstandard sequences are cut');
      const offset = this.offset(offsetValue, plain === 0);
      if (plain > literalCount - used) throw new CodecError('Zstandard block has too few literals');
      out = copyLiterals(literals, used, used + plain, target, out, end);
      used += plain;
      if (offset < 1 || offset > out - start) throw new CodecError('Zstandard match points before the frame');
      if (match > end - out) throw new CodecError('Zstandard frame yields more bytes than announced');
      if (offset === 1) target.fill(target[out - 1]!, out, out + match);
      else if (offset >= match && match > 64) target.copyWithin(out, out - offset, out - offset + match);
      else for (let n = out; n < out + match; n++) target[n] = target[n - offset]!;
      out += match;
    }
    if (bit !== 0) throw new CodecError('Zstandard sequences are followed by unused bits');
    return copyLiterals(literals, used, literalCount, target, out, end);
  }

  /** Values 1 to 3 mean one of the last three offsets, shifted by one when no literals stand before the match. */
  private offset(value: number, noLiterals: boolean): number {
    if (value > 3) {
      this.repeat2 = this.repeat1;
      this.repeat1 = this.repeat0;
      this.repeat0 = value - 3;
      return this.repeat0;
    }
    const index = noLiterals ? value : value - 1;
    if (index === 0) return this.repeat0;
    const offset = index === 1 ? this.repeat1 : index === 2 ? this.repeat2 : this.repeat0 - 1;
    if (index > 1) this.repeat2 = this.repeat1;
    this.repeat1 = this.repeat0;
    this.repeat0 = offset;
    return offset;
  }
}

function copyLiterals(
  literals: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
  end: number,
): number {
  const count = to - from;
  if (count > end - at) throw new CodecError('Zstandard frame yields more bytes than announced');
  if (count > 64) target.set(literals.subarray(from, to), at);
  else for (let n = 0; n < count; n++) target[at + n] = literals[from + n]!;
  return at + count;
}
