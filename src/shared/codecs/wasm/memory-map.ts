/** Memory of the bitshuffle module: one block's bit rows, compressed blocks, elements. Copies in vectors write a little beyond the first two. */
export const MAX_BLOCK_BYTES = 65_536;
export const SCRATCH_AT = 0;
export const INPUT_AT = 2 * MAX_BLOCK_BYTES;
export const INPUT_BYTES = 768 * 1024;
export const OUTPUT_AT = INPUT_AT + INPUT_BYTES + MAX_BLOCK_BYTES;
export const OUTPUT_BYTES = 512 * 1024;
const PAGE_BYTES = 65_536;
export const MEMORY_PAGES = (OUTPUT_AT + OUTPUT_BYTES) / PAGE_BYTES;
