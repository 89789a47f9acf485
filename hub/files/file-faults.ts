import { ServerRefused } from '../agent/server-client.ts';
import type { EntryKind } from './file-stat.ts';
import { type PathBytes, safePath, textOf } from './path-bytes.ts';

/** Why a file cannot be sent, in a sentence without its end. */
export interface FileFault {
  reason: string;
  /** Whether the same may work later by itself; then it is tried again, ever more slowly. */
  mayHeal: boolean;
}

/** Of the path below the source: what the store allows less room for the destination. */
const MAX_RELATIVE_BYTES = 800;
/** As the contract bounds the original. */
const MAX_ORIGINAL_LENGTH = 4000;
export const MAX_PARTS = 10_000;
export const MAX_PART_BYTES = 512 * 1024 * 1024;

const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 600_000;

/** Wait before the next try after `tries` of them. */
export const faultRetryMs = (tries: number): number =>
  Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(20, Math.max(0, tries - 1)));

const KINDS: Readonly<Record<Exclude<EntryKind, 'file' | 'directory' | 'symlink'>, string>> = {
  fifo: 'it is a named pipe, not a file',
  socket: 'it is a socket, not a file',
  device: 'it is a device, not a file',
};

export const kindFault = (kind: keyof typeof KINDS): FileFault => ({ reason: KINDS[kind], mayHeal: false });

export const LINK_OUT: FileFault = {
  reason: 'it is a link that leads out of the folder, and is not followed',
  mayHeal: false,
};

/** Null when the store can take a file of this name and size. */
export function limitFault(path: PathBytes, sizeBytes: number): FileFault | null {
  if (Buffer.byteLength(safePath(path)) > MAX_RELATIVE_BYTES || textOf(path).length > MAX_ORIGINAL_LENGTH) {
    return { reason: `its path is longer than ${MAX_RELATIVE_BYTES} bytes`, mayHeal: false };
  }
  if (sizeBytes > MAX_PARTS * MAX_PART_BYTES) {
    return { reason: `it is larger than ${(MAX_PARTS * MAX_PART_BYTES) / 1024 ** 4} TiB`, mayHeal: false };
  }
  return null;
}

const SYSTEM_FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'this account may not read it (EACCES)',
  EPERM: 'this account may not read it (EPERM)',
  EIO: 'its disk does not give it out (EIO)',
  ENAMETOOLONG: 'its path is too long for this system (ENAMETOOLONG)',
};

/** What an error says about one file; null when it is about something else (the server is away, a stop, a fault of ours). */
export function faultOf(error: unknown): FileFault | null {
  if (error instanceof ServerRefused) {
    return { reason: `the server refuses it: ${error.message} (${error.code})`, mayHeal: true };
  }
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return null;
  if (code === 'ELOOP' || code === 'EMLINK') return LINK_OUT;
  return { reason: SYSTEM_FAULTS[code] ?? `it cannot be read (${code})`, mayHeal: true };
}

/** Refusals that speak of one file; all others (a revoked licence, no rights, a full store) hold for everything. */
export const isAboutFile = ({ status, code }: ServerRefused): boolean =>
  code === 'BAD_INPUT' || code === 'CONFLICT' || status === 409 || status === 413 || status === 422;
