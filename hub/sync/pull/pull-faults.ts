/** One file that could not be brought; the others go on. The sentence begins after the file's path. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}

/** Nothing more can be brought; what was is kept. */
export class PullEnded extends Error {
  override readonly name = 'PullEnded';
}

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const UNHOLDABLE = new Set(['EINVAL', 'EILSEQ', 'ENAMETOOLONG', 'ENOTSUP']);

/** What it means that the file system refused something of a file: it alone cannot be had, or none can. */
export function diskFault(error: unknown, dir: string): FileFault | PullEnded {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (FULL.has(code)) {
    return new PullEnded(
      `There is no more room in ${dir} (${code}). Free some and run the same command again: it goes on where it stopped.`,
    );
  }
  if (code === 'EROFS') return new PullEnded(`The disk of ${dir} cannot be written (${code}).`);
  if (UNHOLDABLE.has(code)) {
    return new FileFault(`the file system of ${dir} cannot hold a file of that name (${code})`);
  }
  if (code === 'EFBIG') return new FileFault(`the file system of ${dir} holds no file that large (${code})`);
  return new FileFault(`could not be written: ${message}`);
}
