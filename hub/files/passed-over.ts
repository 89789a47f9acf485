import type { NewSighting } from './file-rows.ts';
import { type FileSignature, isRenamed } from './file-stat.ts';
import type { PathBytes } from './path-bytes.ts';

const MAX_REMEMBERED = 20_000;

interface Passed {
  path: PathBytes;
  signature: FileSignature;
  seen: NewSighting;
}

/**
 * Files with names that are not wanted (`.frame.cbf.x8Jk2a` of rsync): when they were first seen. When one gets a wanted name it is
 * complete, and was acquired when it began.
 */
export class PassedOver {
  private readonly byInode = new Map<bigint, Passed>();

  note(path: PathBytes, signature: FileSignature, sight: () => NewSighting): void {
    const before = this.byInode.get(signature.ino);
    const seen = before && isRenamed(before.signature, signature) ? before.seen : sight();
    // Put behind the others, so that the first is the one not seen for longest.
    this.byInode.delete(signature.ino);
    this.byInode.set(signature.ino, { path, signature, seen });
    if (this.byInode.size > MAX_REMEMBERED) this.byInode.delete(this.byInode.keys().next().value!);
  }

  /** When this file was first seen under another name; null when it was not. */
  take(path: PathBytes, signature: FileSignature): NewSighting | null {
    const passed = this.byInode.get(signature.ino);
    if (passed === undefined || passed.path === path || !isRenamed(passed.signature, signature)) return null;
    this.byInode.delete(signature.ino);
    return passed.seen;
  }
}
