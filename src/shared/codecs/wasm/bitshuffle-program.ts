import {
  above,
  add,
  and,
  anyTrue,
  assemble,
  atLeast,
  below,
  block,
  type Code,
  call,
  equal,
  type Func,
  get,
  give,
  i32,
  isZero,
  join,
  leave,
  leaveIf,
  loadByte,
  loadHalf,
  loadVector,
  loop,
  or,
  otherwise,
  set,
  shiftLeft,
  shiftRight,
  shuffle,
  splatByte,
  storeByte,
  storeVector,
  subtract,
  vectorAnd,
  vectorOr,
  vectorShiftLeft,
  vectorShiftRight,
  vectorXor,
  when,
} from './assembler.ts';
import { MEMORY_PAGES, SCRATCH_AT } from './memory-map.ts';

/*
 * Decoding of bitshuffled blocks with vectors of 16 bytes: the source of `bitshuffle-module.ts`. It does what `lz4.ts` and
 * `bit-transpose.ts` do, and refuses the same blocks.
 */

const VECTOR_BYTES = 16;
const MASKS = [0x0f, 0x33, 0x55];

/**
 * untranspose(rows, out, rowBytes): bit rows → elements of `size` bytes, 128 at a time. Sixteen bytes of each row are one vector, so eight
 * rows become byte k of 128 elements by exchanging bits between vectors: vector e then holds, in lane j, byte k of element 8j + e. Joining
 * two vectors byte by byte moves one bit of the vector's number into the lowest bit of the lane, and the highest bit of the lane in
 * its place; four such steps (three for single bytes) bring the elements into their order.
 */
function untranspose(size: 1 | 2 | 4): Func {
  const [rows, out, rowBytes, at, from] = [0, 1, 2, 3, 4];
  const vectors = 8 * size;
  const first = 5;
  const w = (n: number) => first + n;
  const t = first + vectors;
  const mask = (n: number) => t + 1 + n;
  const bits = Math.log2(size);
  const numberOf = (e: number, k: number) => e * size + k;

  const exchange = (a: number, b: number, shift: number, kept: number): Code =>
    join(
      set(t, vectorAnd(vectorXor(vectorShiftRight(get(a), shift), get(b)), get(kept))),
      set(b, vectorXor(get(b), get(t))),
      set(a, vectorXor(get(a), vectorShiftLeft(get(t), shift))),
    );
  const exchanges = (k: number): Code[] =>
    [4, 2, 1].flatMap((step, n) =>
      [0, 1, 2, 3, 4, 5, 6, 7]
        .filter((e) => (e & step) === 0)
        .map((e) => exchange(w(numberOf(e, k)), w(numberOf(e + step, k)), step, mask(n))),
    );
  const loadPlane = (k: number): Code[] => [
    ...Array.from({ length: 8 }, (_, e) =>
      join(set(w(numberOf(e, k)), loadVector(get(from))), set(from, add(get(from), get(rowBytes)))),
    ),
    // Counts are small: the upper bits of most pixels are zero, and so are their rows.
    when(
      anyTrue(
        Array.from({ length: 7 }, (_, e) => e + 1).reduce<Code>(
          (all, e) => vectorOr(all, get(w(numberOf(e, k)))),
          get(w(numberOf(0, k))),
        ),
      ),
      ...exchanges(k),
    ),
  ];
  const low = Array.from({ length: 16 }, (_, n) => (n >> 1) + 16 * (n & 1));
  const high = low.map((lane) => lane + 8);
  const weave = (bit: number): Code[] =>
    Array.from({ length: vectors }, (_, n) => n)
      .filter((n) => (n & bit) === 0)
      .map((n) =>
        join(
          set(t, shuffle(get(w(n)), get(w(n | bit)), low)),
          set(w(n | bit), shuffle(get(w(n)), get(w(n | bit)), high)),
          set(w(n), get(t)),
        ),
      );
  // Bits of a vector's number that go into the lane, the highest of the lane first; those of e stand above those of k.
  const woven = [2, 1, 0].map((bit) => 1 << (bit + bits));
  const ofElement = Array.from({ length: bits }, (_, n) => 1 << (bits - 1 - n));
  const order = [...woven, ...ofElement].slice(-4);
  /** Where a vector comes to stand: its number's bits, now those of j, in the order in which they were exchanged; then what is left of e. */
  const placeOf = (n: number): number => {
    const rest = woven.filter((bit) => !order.includes(bit));
    return [...order, ...rest].reduce((place, bit) => place * 2 + ((n & bit) === 0 ? 0 : 1), 0);
  };
  const store = Array.from({ length: vectors }, (_, n) =>
    storeVector(get(out), get(w(n)), placeOf(n) * VECTOR_BYTES),
  );
  return {
    params: 3,
    hasResult: false,
    numbers: 2,
    vectors: vectors + 1 + MASKS.length,
    body: join(
      ...MASKS.map((value, n) => set(mask(n), splatByte(i32(value)))),
      block(
        loop(
          leaveIf(1, atLeast(get(at), get(rowBytes))),
          set(from, add(get(rows), get(at))),
          ...Array.from({ length: size }, (_, k) => k).flatMap(loadPlane),
          ...order.flatMap(weave),
          ...store,
          set(out, add(get(out), i32(vectors * VECTOR_BYTES))),
          set(at, add(get(at), i32(VECTOR_BYTES))),
          leave(0),
        ),
      ),
    ),
  };
}

/** Adds the bytes of a length that goes on; gives 0 where the block ends in it. */
function readOn(position: number, end: number, length: number, byte: number): Code {
  return loop(
    when(atLeast(get(position), get(end)), give(i32(0))),
    set(byte, loadByte(get(position))),
    set(position, add(get(position), i32(1))),
    set(length, add(get(length), get(byte))),
    leaveIf(0, equal(get(byte), i32(255))),
  );
}

/** Copies in vectors from `from` to `to` until `to` has reached `stop`: up to 15 bytes more than asked for. */
function copyVectors(to: number, from: number, stop: number): Code {
  return block(
    loop(
      leaveIf(1, atLeast(get(to), get(stop))),
      storeVector(get(to), loadVector(get(from))),
      set(to, add(get(to), i32(VECTOR_BYTES))),
      set(from, add(get(from), i32(VECTOR_BYTES))),
      leave(0),
    ),
  );
}

/** lz4(position, end, out, outEnd): one block; 1, or 0 where it does not follow the format or has another size. Writes up to 15 bytes beyond. */
function lz4(): Func {
  const [position, end, out, outEnd, token, length, byte, stop, from, start, distance] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ];
  const pattern = 11;
  return {
    params: 4,
    hasResult: true,
    numbers: 7,
    vectors: 1,
    body: join(
      set(start, get(out)),
      loop(
        when(atLeast(get(position), get(end)), give(i32(0))),
        set(token, loadByte(get(position))),
        set(position, add(get(position), i32(1))),
        set(length, shiftRight(get(token), i32(4))),
        when(equal(get(length), i32(15)), readOn(position, end, length, byte)),
        when(above(get(length), subtract(get(end), get(position))), give(i32(0))),
        when(above(get(length), subtract(get(outEnd), get(out))), give(i32(0))),
        set(stop, add(get(out), get(length))),
        set(from, get(position)),
        set(position, add(get(position), get(length))),
        copyVectors(out, from, stop),
        set(out, get(stop)),
        // The last sequence has literals alone.
        when(equal(get(position), get(end)), give(equal(get(out), get(outEnd)))),
        when(below(subtract(get(end), get(position)), i32(2)), give(i32(0))),
        set(distance, loadHalf(get(position))),
        set(position, add(get(position), i32(2))),
        when(isZero(get(distance)), give(i32(0))),
        when(above(get(distance), subtract(get(out), get(start))), give(i32(0))),
        set(length, and(get(token), i32(15))),
        when(equal(get(length), i32(15)), readOn(position, end, length, byte)),
        set(length, add(get(length), i32(4))),
        when(above(get(length), subtract(get(outEnd), get(out))), give(i32(0))),
        set(stop, add(get(out), get(length))),
        otherwise(
          equal(get(distance), i32(1)),
          join(
            set(pattern, splatByte(loadByte(subtract(get(out), i32(1))))),
            block(
              loop(
                leaveIf(1, atLeast(get(out), get(stop))),
                storeVector(get(out), get(pattern)),
                set(out, add(get(out), i32(VECTOR_BYTES))),
                leave(0),
              ),
            ),
          ),
          join(
            set(from, subtract(get(out), get(distance))),
            // What repeats in less than a vector is written byte by byte until it lies a vector behind.
            block(
              loop(
                leaveIf(1, atLeast(subtract(get(out), get(from)), i32(VECTOR_BYTES))),
                leaveIf(1, atLeast(get(out), get(stop))),
                set(token, get(distance)),
                loop(
                  storeByte(get(out), loadByte(subtract(get(out), get(distance)))),
                  set(out, add(get(out), i32(1))),
                  set(token, subtract(get(token), i32(1))),
                  leaveIf(0, get(token)),
                ),
                leave(0),
              ),
            ),
            copyVectors(out, from, stop),
          ),
        ),
        set(out, get(stop)),
        leave(0),
      ),
      i32(0),
    ),
  };
}

const LZ4 = 0;
const UNTRANSPOSE = { 1: 1, 2: 2, 4: 3 } as const;
const ANY_UNTRANSPOSE = 4;

/** untranspose(rows, out, rowBytes, size) */
function anyUntranspose(): Func {
  const [rows, out, rowBytes, size] = [0, 1, 2, 3];
  const one = (wanted: 1 | 2 | 4): Code =>
    when(equal(get(size), i32(wanted)), call(UNTRANSPOSE[wanted], get(rows), get(out), get(rowBytes)));
  return {
    params: 4,
    hasResult: false,
    numbers: 0,
    vectors: 0,
    body: join(one(1), one(2), one(4)),
    exported: 'untranspose',
  };
}

/** decode(position, out, blocks, blockBytes, size, rowBytes): whole blocks, each behind its u32 BE length; 1, or 0 where one is broken. */
function decodeBlocks(): Func {
  const [position, out, blocks, blockBytes, size, rowBytes, end] = [0, 1, 2, 3, 4, 5, 6];
  const lengthByte = (offset: number, bits: number) => shiftLeft(loadByte(get(position), offset), i32(bits));
  return {
    params: 6,
    hasResult: true,
    numbers: 1,
    vectors: 0,
    exported: 'decode',
    body: join(
      block(
        loop(
          leaveIf(1, isZero(get(blocks))),
          set(
            end,
            or(or(lengthByte(0, 24), lengthByte(1, 16)), or(lengthByte(2, 8), loadByte(get(position), 3))),
          ),
          set(position, add(get(position), i32(4))),
          set(end, add(get(end), get(position))),
          when(
            isZero(
              call(LZ4, get(position), get(end), i32(SCRATCH_AT), add(i32(SCRATCH_AT), get(blockBytes))),
            ),
            give(i32(0)),
          ),
          set(position, get(end)),
          call(ANY_UNTRANSPOSE, i32(SCRATCH_AT), get(out), get(rowBytes), get(size)),
          set(out, add(get(out), get(blockBytes))),
          set(blocks, subtract(get(blocks), i32(1))),
          leave(0),
        ),
      ),
      i32(1),
    ),
  };
}

export function assembleBitshuffle(): Uint8Array<ArrayBuffer> {
  return assemble(
    [lz4(), untranspose(1), untranspose(2), untranspose(4), anyUntranspose(), decodeBlocks()],
    MEMORY_PAGES,
  );
}
