import { PART_BYTES } from '../contracts/agent-api.ts';

/** A store takes 10,000 parts of a file; some are left, so that nothing stands at the limit. */
const MOST_PARTS = 9000;
const MIB = 1024 * 1024;

/** The size of the parts in which a browser sends a file. */
export const partBytesFor = (sizeBytes: number): number =>
  Math.max(PART_BYTES, Math.ceil(sizeBytes / MOST_PARTS / MIB) * MIB);

/** Largest file that can be sent so: 9000 parts of 512 MiB. */
export const MOST_FILE_BYTES = MOST_PARTS * 512 * MIB;

/** So much from the beginning of a file goes into its fingerprint. */
export const FINGERPRINT_BYTES = MIB;

/** Names that are asked for at once, whether they are taken. */
export const NAMES_AT_ONCE = 500;
