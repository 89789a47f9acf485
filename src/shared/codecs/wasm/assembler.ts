/*
 * As much of a WebAssembly assembler as the codecs need (WebAssembly Core Specification 2.0: chapter 5 "Binary Format"; the instructions
 * of fixed-width SIMD are those behind the byte 0xFD). Instructions are arrays of bytes; expressions leave their value on the stack.
 */

export type Code = readonly number[];

export const I32 = 0x7f;
export const V128 = 0x7b;
const EMPTY = 0x40;
const END = 0x0b;

/** LEB128, unsigned. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

/** LEB128, signed, of 32 bits. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  while (true) {
    const low = rest & 127;
    rest >>= 7;
    const isDone = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0);
    bytes.push(isDone ? low : low | 128);
    if (isDone) return bytes;
  }
}

export const join = (...parts: readonly Code[]): number[] => parts.flat();

export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const call = (index: number, ...args: Code[]): Code => [...args.flat(), 0x10, ...unsigned(index)];
export const give = (value: Code): Code => [...value, 0x0f];

const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, opcode];
export const add = binary(0x6a);
export const subtract = binary(0x6b);
export const and = binary(0x71);
export const or = binary(0x72);
export const shiftLeft = binary(0x74);
export const shiftRight = binary(0x76);
export const equal = binary(0x46);
export const below = binary(0x49);
export const above = binary(0x4b);
export const atLeast = binary(0x4f);
export const isZero = (value: Code): Code => [...value, 0x45];

/** Loads and stores need no alignment. */
export const loadByte = (at: Code, offset = 0): Code => [...at, 0x2d, 0, ...unsigned(offset)];
export const loadHalf = (at: Code, offset = 0): Code => [...at, 0x2f, 0, ...unsigned(offset)];
export const storeByte = (at: Code, value: Code): Code => [...at, ...value, 0x3a, 0, 0];

export const block = (...body: Code[]): Code => [0x02, EMPTY, ...body.flat(), END];
export const loop = (...body: Code[]): Code => [0x03, EMPTY, ...body.flat(), END];
export const when = (condition: Code, ...body: Code[]): Code => [
  ...condition,
  0x04,
  EMPTY,
  ...body.flat(),
  END,
];
export const otherwise = (condition: Code, yes: Code, no: Code): Code => [
  ...[...condition, 0x04, EMPTY],
  ...[...yes, 0x05, ...no, END],
];
/** Leaves the `depth`-th block around, or begins that loop anew. */
export const leave = (depth: number): Code => [0x0c, depth];
export const leaveIf = (depth: number, condition: Code): Code => [...condition, 0x0d, depth];

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const simdBinary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...simd(opcode)];
export const loadVector = (at: Code): Code => [...at, ...simd(0), 0, 0];
export const storeVector = (at: Code, value: Code, offset = 0): Code => [
  ...[...at, ...value],
  ...[...simd(11), 0, ...unsigned(offset)],
];
export const splatByte = (value: Code): Code => [...value, ...simd(15)];
export const shuffle = (a: Code, b: Code, lanes: readonly number[]): Code => [
  ...[...a, ...b],
  ...[...simd(13), ...lanes],
];
export const vectorAnd = simdBinary(78);
export const vectorOr = simdBinary(80);
export const vectorXor = simdBinary(81);
export const anyTrue = (value: Code): Code => [...value, ...simd(83)];
/** In lanes of 32 bits. */
export const vectorShiftLeft = (value: Code, bits: number): Code => [...value, ...i32(bits), ...simd(171)];
export const vectorShiftRight = (value: Code, bits: number): Code => [...value, ...i32(bits), ...simd(173)];

export interface Func {
  /** Numbers of 32 bits. */
  params: number;
  hasResult: boolean;
  /** Locals behind the parameters: numbers first, then vectors. */
  numbers: number;
  vectors: number;
  body: Code;
  exported?: string;
}

const vector = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, body: Code): number[] => [id, ...unsigned(body.length), ...body];
const name = (text: string): number[] => [...unsigned(text.length), ...new TextEncoder().encode(text)];

/** A module with these functions, called by their place, and a memory `memory`. */
export function assemble(functions: readonly Func[], memoryPages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ params, hasResult }) => [
    ...[0x60, ...unsigned(params), ...Array.from({ length: params }, () => I32)],
    ...(hasResult ? [1, I32] : [0]),
  ]);
  const bodies = functions.map(({ numbers, vectors, body }) => {
    const locals = vector([
      [...unsigned(numbers), I32],
      [...unsigned(vectors), V128],
    ]);
    const code = [...locals, ...body, END];
    return [...unsigned(code.length), ...code];
  });
  const exported = functions.flatMap((one, index) =>
    one.exported === undefined ? [] : [[...name(one.exported), 0, ...unsigned(index)]],
  );
  const pages = unsigned(memoryPages);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(5, [1, 1, ...pages, ...pages]),
    ...section(7, vector([[...name('memory'), 2, 0], ...exported])),
    ...section(10, vector(bodies)),
  ]);
}
