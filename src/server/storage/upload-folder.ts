import { constants as O, readFileSync } from 'node:fs';
import {
  chmod,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';
import { z } from 'zod';
import { AppError } from '#src/shared/errors/app-error.ts';
import { crcHex } from './crc-hex.ts';
import { errnoOf, type FsTree, storeError } from './fs-tree.ts';
import type { PartReceipt } from './object-store.port.ts';

/**
 * One upload in progress of the `fs` driver: the folder `.uploads/<ref>` with
 *   meta.json  key and part size
 *   data       the object's bytes; part n lies at (n-1)·partBytes
 *   receipts   one line per event of a part: "<part> <size> <crc32c> <boot id>" = stored, "<part> void <boot id>" = being (re)written
 * The last line of a part counts. Lines are appended with O_APPEND, so several data servers may write; each begins and ends with a line
 * feed, so that a line torn by a crash spoils no other.
 *
 * A receipt says that the bytes reached the page cache, not the disk: after a power failure the line may be there and the
 * bytes not. So a line carries the boot id of the kernel, and a receipt of an earlier boot counts only after its bytes were read again.
 */
const UPLOADS = '.uploads';
const REF = /^[0-9a-f]{32}$/;
const LINE = /^(\d{1,5}) (?:(\d{1,10}) ([0-9a-f]{8})|void) ([0-9a-f-]{36}|unknown)$/;
const READ_BYTES = 1024 * 1024;
/** Of the data of an upload that is open; a completion takes the right to write away. */
export const WRITABLE = 0o644;

const FILES = ['meta.json', 'data', 'receipts'] as const;

const metaSchema = z.object({ key: z.string(), partBytes: z.int().positive() });
export type UploadMeta = z.infer<typeof metaSchema>;

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Not Linux: receipts of this very process are trusted no more than old ones, and read again.
    return 'unknown';
  }
}
const BOOT_ID = readBootId();

export function uploadPath(root: string, uploadRef: string, sealed = false): string {
  if (!REF.test(uploadRef)) throw new AppError('NOT_FOUND', 'There is no such upload.');
  return join(root, UPLOADS, sealed ? `${uploadRef}.sealed` : uploadRef);
}

/** A path of its own for a file being written, on the store's file system. */
export async function temporaryPath(tree: FsTree, random: string): Promise<string> {
  const folder = join(await tree.root(), UPLOADS);
  await mkdir(folder, { recursive: true });
  return join(folder, `put-${random}`);
}

export async function createUploadFolder(tree: FsTree, uploadRef: string, meta: UploadMeta): Promise<void> {
  const path = uploadPath(await tree.root(), uploadRef);
  try {
    await mkdir(path, { recursive: true });
    await Promise.all([
      writeFile(join(path, 'meta.json'), JSON.stringify(meta)),
      writeFile(join(path, 'data'), ''),
      writeFile(join(path, 'receipts'), ''),
    ]);
  } catch (error) {
    throw storeError(error, 'a new upload');
  }
}

/** What the file says; null when it says nothing: a loss of power right after it was written leaves it empty. */
function parseMeta(text: string): UploadMeta | null {
  try {
    return metaSchema.parse(JSON.parse(text));
  } catch {
    // Whoever wants the upload begins it anew; what is left of this one is swept.
    return null;
  }
}

/** The folder as it is now, open or sealed; null when it is gone (completed, aborted or lost with the power). */
export async function findUploadFolder(
  tree: FsTree,
  uploadRef: string,
): Promise<{ path: string; meta: UploadMeta } | null> {
  const root = await tree.root();
  for (const sealed of [false, true]) {
    const path = uploadPath(root, uploadRef, sealed);
    try {
      const meta = parseMeta(await readFile(join(path, 'meta.json'), 'utf8'));
      if (meta) return { path, meta };
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw storeError(error, 'an upload');
    }
  }
  return null;
}

/** Takes the folder's name away from writers; see `PartWriter` for why that is enough. Null when it is gone. */
export async function sealUploadFolder(tree: FsTree, uploadRef: string): Promise<string | null> {
  const root = await tree.root();
  const sealed = uploadPath(root, uploadRef, true);
  try {
    await rename(uploadPath(root, uploadRef), sealed);
    return sealed;
  } catch (error) {
    // Another completion, or one that was cut short, has sealed it.
    if (errnoOf(error) === 'ENOENT') {
      return (await stat(sealed).catch(() => null)) ? sealed : null;
    }
    throw storeError(error, 'an upload');
  }
}

/** Lets parts be sent again after a completion that was refused. */
export async function unsealUploadFolder(tree: FsTree, uploadRef: string): Promise<void> {
  const root = await tree.root();
  const open = uploadPath(root, uploadRef);
  // In this order: an object that a completion beside this one has just placed stays read-only.
  const reopened = rename(uploadPath(root, uploadRef, true), open).then(() =>
    chmod(join(open, 'data'), WRITABLE),
  );
  await reopened.catch((error) => {
    // Gone: the completion that ran beside this one has succeeded or has unsealed it.
    if (errnoOf(error) !== 'ENOENT') throw storeError(error, 'an upload');
  });
}

export async function removeUploadFolder(tree: FsTree, uploadRef: string): Promise<void> {
  const root = await tree.root();
  // Sealed first: a writer that opens the folder in between finds it gone, and not half of it.
  await sealUploadFolder(tree, uploadRef);
  await rm(uploadPath(root, uploadRef, true), { recursive: true, force: true });
}

/** The same of a folder that is sealed and has only what belongs in it: much is stored in small files. */
export async function removeSealedFolder(sealed: string): Promise<void> {
  try {
    await Promise.all(FILES.map((name) => unlink(join(sealed, name)).catch(unlessGone)));
    await rmdir(sealed);
  } catch {
    await rm(sealed, { recursive: true, force: true });
  }
}

function unlessGone(error: unknown): void {
  if (errnoOf(error) !== 'ENOENT') throw error;
}

/** Removes folders and temporary files begun before `before`, but for the known uploads. Returns how many. */
export async function sweepUploadFolders(
  tree: FsTree,
  { before, known }: { before: Date; known: ReadonlySet<string> },
): Promise<number> {
  const folder = join(await tree.root(), UPLOADS);
  const names = await readdir(folder).catch((error) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw storeError(error, 'its uploads');
  });
  let swept = 0;
  for (const name of names) {
    const [ref = '', sealed] = name.split('.');
    const isOurs =
      (REF.test(ref) && (sealed === undefined || sealed === 'sealed')) || /^put-[0-9a-f]{32}$/.test(name);
    const found = isOurs && !known.has(ref) ? await stat(join(folder, name)).catch(() => null) : null;
    if (found === null || found.mtime >= before) continue;
    await rm(join(folder, name), { recursive: true, force: true });
    swept += 1;
  }
  return swept;
}

/** Receipt lines of a folder, for a writer: append only. */
export class ReceiptLog {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async open(folder: string): Promise<ReceiptLog> {
    return new ReceiptLog(await open(join(folder, 'receipts'), O.O_WRONLY | O.O_APPEND | O.O_NOFOLLOW));
  }

  async void(partNumber: number): Promise<void> {
    await this.#handle.write(`\n${partNumber} void ${BOOT_ID}\n`);
  }

  async stored(receipt: PartReceipt): Promise<void> {
    await this.#handle.write(`\n${receipt.partNumber} ${receipt.sizeBytes} ${receipt.crc32c} ${BOOT_ID}\n`);
  }

  /** True while the folder still has its name: nobody completes or aborts it. */
  async named(folder: string): Promise<boolean> {
    const [mine, now] = await Promise.all([
      this.#handle.stat(),
      stat(join(folder, 'receipts')).catch(() => null),
    ]);
    return now !== null && now.ino === mine.ino;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** CRC32C of `length` bytes at `offset`; null when the file is shorter. */
export async function crcOfRange(handle: FileHandle, offset: number, length: number): Promise<string | null> {
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(1, length)));
  let crc = 0;
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, length - done), offset + done);
    if (bytesRead === 0) return null;
    crc = crc32c(buffer.subarray(0, bytesRead), crc);
    done += bytesRead;
  }
  return crcHex(crc);
}

/** The parts whose bytes are stored and checked, in order. Receipts of an earlier boot are proved by reading, once. */
export async function readReceipts(folder: string, meta: UploadMeta): Promise<PartReceipt[]> {
  const last = new Map<number, { receipt: PartReceipt; bootId: string } | null>();
  const text = await readFile(join(folder, 'receipts'), 'latin1').catch((error) => {
    throw storeError(error, 'an upload');
  });
  for (const line of text.split('\n')) {
    const found = LINE.exec(line);
    if (!found) continue;
    const partNumber = Number(found[1]);
    last.set(
      partNumber,
      found[3] === undefined
        ? null
        : {
            receipt: { partNumber, sizeBytes: Number(found[2]), crc32c: found[3] },
            bootId: found[4]!,
          },
    );
  }
  const stored = [...last.values()].filter((entry) => entry !== null);
  const doubtful = stored.filter(({ bootId }) => bootId !== BOOT_ID || BOOT_ID === 'unknown');
  const lost = new Set<number>();
  if (doubtful.length > 0) {
    const log = await ReceiptLog.open(folder);
    const data = await open(join(folder, 'data'), O.O_RDONLY | O.O_NOFOLLOW);
    try {
      for (const { receipt } of doubtful) {
        const offset = (receipt.partNumber - 1) * meta.partBytes;
        if ((await crcOfRange(data, offset, receipt.sizeBytes)) === receipt.crc32c) await log.stored(receipt);
        else lost.add(receipt.partNumber);
      }
    } finally {
      await data.close();
      await log.close();
    }
  }
  return stored
    .map(({ receipt }) => receipt)
    .filter((receipt) => !lost.has(receipt.partNumber))
    .sort((a, b) => a.partNumber - b.partNumber);
}
