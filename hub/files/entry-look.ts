import { type BigIntStats, constants, lstatSync } from 'node:fs';
import { access, lstat, readlink, realpath } from 'node:fs/promises';
import { type FileFault, faultOf, kindFault, LINK_OUT } from './file-faults.ts';
import { type FileSignature, kindOf, signatureOf } from './file-stat.ts';
import { bytesOf, joinPath, type PathBytes, pathBytes, splitPath } from './path-bytes.ts';

/** What is under a name. `ignored`: nothing that is sent under this name, and no fault either. */
export type Found =
  | { is: 'nothing' }
  /** `links`: how many names it has. */
  | { is: 'file'; signature: FileSignature; links: bigint }
  | { is: 'directory'; signature: FileSignature }
  | { is: 'ignored' }
  | { is: 'fault'; signature: FileSignature; fault: FileFault };

const NO_SIGNATURE: FileSignature = { dev: 0n, ino: 0n, sizeBytes: 0, mtimeNs: 0n, ctimeNs: 0n, birthNs: 0n };

const isGone = (error: unknown) => {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
};

/** What an error of looking says. Throws what does not speak of the file. */
function unreadable(error: unknown, signature = NO_SIGNATURE): Found {
  if (isGone(error)) return { is: 'nothing' };
  const fault = faultOf(error);
  if (fault === null) throw error;
  return { is: 'fault', signature, fault };
}

/** A regular file of a local disk, which the kernel has in memory; null: anything else, which is to be looked at in peace. */
function localFile(root: PathBytes, path: PathBytes): Found | null {
  const stats = lstatSync(bytesOf(joinPath(root, path)), { bigint: true, throwIfNoEntry: false });
  return stats?.isFile() ? { is: 'file', signature: signatureOf(stats), links: stats.nlink } : null;
}

/**
 * Looks at a name below `root` (absolute) without following a link.
 * @param isLocal a look costs no question to another machine, so it is cheaper at once than in another thread
 */
export async function lookAtEntry(root: PathBytes, path: PathBytes, isLocal = false): Promise<Found> {
  try {
    const file = isLocal ? localFile(root, path) : null;
    if (file !== null) return file;
    return await judgeEntry(root, path, await lstat(bytesOf(joinPath(root, path)), { bigint: true }));
  } catch (error) {
    return unreadable(error);
  }
}

export async function judgeEntry(root: PathBytes, path: PathBytes, stats: BigIntStats): Promise<Found> {
  const signature = signatureOf(stats);
  const kind = kindOf(stats);
  if (kind === 'file') return { is: 'file', signature, links: stats.nlink };
  if (kind === 'directory') return lookAtDirectory(root, path, signature);
  if (kind === 'symlink') {
    return (await isLinkInside(root, path)) ? { is: 'ignored' } : { is: 'fault', signature, fault: LINK_OUT };
  }
  return { is: 'fault', signature, fault: kindFault(kind) };
}

async function lookAtDirectory(root: PathBytes, path: PathBytes, signature: FileSignature): Promise<Found> {
  try {
    await access(bytesOf(joinPath(root, path)), constants.R_OK | constants.X_OK);
    return { is: 'directory', signature };
  } catch (error) {
    return unreadable(error, signature);
  }
}

/** Whether a link leads to something in the tree: that is sent under its own name, once. */
async function isLinkInside(root: PathBytes, path: PathBytes): Promise<boolean> {
  const where = joinPath(root, path);
  const real = pathBytes(await realpath(bytesOf(root), { encoding: 'buffer' }));
  const isInside = (target: PathBytes) => target === real || target.startsWith(`${real}/`);
  try {
    return isInside(pathBytes(await realpath(bytesOf(where), { encoding: 'buffer' })));
  } catch (error) {
    if (!isGone(error)) return false;
    // What it names is not there yet; a relative name without a way up stays inside.
    const target = pathBytes(await readlink(bytesOf(where), { encoding: 'buffer' }));
    if (target.startsWith('/')) return isInside(target);
    return !joinPath(splitPath(path).parent, target).split('/').includes('..');
  }
}
