import { BITSHUFFLE_MODULE } from './bitshuffle-module.ts';
import { INPUT_AT, INPUT_BYTES, MAX_BLOCK_BYTES, OUTPUT_AT, OUTPUT_BYTES, SCRATCH_AT } from './memory-map.ts';

/** The assembled decoder, and the parts of its memory. */
export interface BitshuffleKernel {
  /** Bit rows of one block. */
  scratch: Uint8Array;
  input: Uint8Array;
  output: Uint8Array;
  /** Decodes so many LZ4 blocks, each behind its u32 BE length, from `input` to `output`; false where one is broken. */
  decode(blocks: number, blockBytes: number, size: number): boolean;
  /** Bit rows in `scratch` → elements in `output` at `at`. */
  untranspose(at: number, blockBytes: number, size: number): void;
}

interface Exports {
  memory: WebAssembly.Memory;
  decode(
    from: number,
    to: number,
    blocks: number,
    blockBytes: number,
    size: number,
    rowBytes: number,
  ): number;
  untranspose(rows: number, to: number, rowBytes: number, size: number): void;
}

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

const rowBytesOf = (blockBytes: number, size: number) => blockBytes / size / 8;

function instantiate(): BitshuffleKernel {
  const module = new WebAssembly.Module(bytesOfBase64(BITSHUFFLE_MODULE));
  const { memory, decode, untranspose } = new WebAssembly.Instance(module).exports as unknown as Exports;
  const part = (at: number, length: number) => new Uint8Array(memory.buffer, at, length);
  return {
    scratch: part(SCRATCH_AT, MAX_BLOCK_BYTES),
    input: part(INPUT_AT, INPUT_BYTES),
    output: part(OUTPUT_AT, OUTPUT_BYTES),
    decode: (blocks, blockBytes, size) =>
      decode(INPUT_AT, OUTPUT_AT, blocks, blockBytes, size, rowBytesOf(blockBytes, size)) === 1,
    untranspose: (at, blockBytes, size) =>
      untranspose(SCRATCH_AT, OUTPUT_AT + at, rowBytesOf(blockBytes, size), size),
  };
}

let kernel: BitshuffleKernel | null | undefined;

/** Null where there is no WebAssembly with vectors, or a policy of the page forbids it: then everything is decoded without. */
export function bitshuffleKernel(): BitshuffleKernel | null {
  if (kernel === undefined) {
    try {
      kernel = instantiate();
    } catch {
      kernel = null;
    }
  }
  return kernel;
}

/** Elements that go through together. */
const ELEMENTS_AT_ONCE = 128;

/** Whether blocks of this form can be decoded by the kernel. */
export function suitsKernel(blockBytes: number, size: number): boolean {
  return size <= 4 && blockBytes <= MAX_BLOCK_BYTES && blockBytes % (ELEMENTS_AT_ONCE * size) === 0;
}
