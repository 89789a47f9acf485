import { statfs } from 'node:fs/promises';

/** A fault whose message is the one sentence a person needs: what is wrong and what to do. Shown without a stack. */
export class ClearFault extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'ClearFault';
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error;

/** Turns an error of the operating system into a sentence; others keep their own message. `doing` completes "while …". */
export function explain(error: unknown, doing: string): ClearFault {
  if (error instanceof ClearFault) return error;
  if (isSystemError(error)) {
    const where = error.path ?? 'a file';
    switch (error.code) {
      case 'ENOSPC':
      case 'EDQUOT':
        return new ClearFault(`The disk is full (${where}): free some space and start again.`, {
          cause: error,
        });
      case 'EACCES':
      case 'EPERM':
        return new ClearFault(
          `No permission for ${where} (while ${doing}): start Beamdeck as the owner of its folder.`,
          {
            cause: error,
          },
        );
      case 'EROFS':
        return new ClearFault(`${where} is on a read-only file system: put Beamdeck where you may write.`, {
          cause: error,
        });
      case 'EMFILE':
      case 'ENFILE':
        return new ClearFault('Too many open files: raise the limit (ulimit -n 4096) and start again.', {
          cause: error,
        });
    }
  }
  return new ClearFault(`${error instanceof Error ? error.message : String(error)} (while ${doing})`, {
    cause: error,
  });
}

/** Throws a clear fault when the file system of `dir` (which must exist) has less room than that. */
export async function requireSpace(dir: string, leastBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const freeBytes = bavail * bsize;
  if (freeBytes < leastBytes) {
    const gb = (bytes: number) => (bytes / 1e9).toFixed(1);
    throw new ClearFault(
      `Only ${gb(freeBytes)} GB free at ${dir}, ${gb(leastBytes)} GB are needed: free some space and start again.`,
    );
  }
}
