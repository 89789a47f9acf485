import { createHash, randomBytes } from 'node:crypto';
import { constants as O } from 'node:fs';
import { access, open, statfs, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#src/shared/errors/app-error.ts';
import { assertStoreKey } from '#src/shared/model/store-path.ts';
import { PART_ADDRESS_S, READ_ADDRESS_S, readExpiryS } from './address-expiry.ts';
import { checkDeclaredParts } from './declared-parts.ts';
import { FsObject } from './fs-object.ts';
import { FsTree, storeError } from './fs-tree.ts';
import type { ObjectStat, PartReceipt, SignedPut } from './object-store.port.ts';
import { PartWriter } from './part-writer.ts';
import type { ServedStore } from './served-store.port.ts';
import {
  crcOfRange,
  createUploadFolder,
  findUploadFolder,
  readReceipts,
  removeSealedFolder,
  removeUploadFolder,
  sealUploadFolder,
  sweepUploadFolders,
  temporaryPath,
  unsealUploadFolder,
  uploadPath,
  WRITABLE,
} from './upload-folder.ts';
import { UrlSigner } from './url-signer.ts';

const READ_BYTES = 1024 * 1024;
/** Below this the store calls itself full: the database may share the disk. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024;

export interface FsStoreOptions {
  /** Root of the store, absolute. */
  storeDir: string;
  /** Public origin of the data server. */
  dataUrl: string;
  secret: string;
  now?: () => number;
}

/** The `fs` driver: objects are plain files `<storeDir>/<key>`. */
export function createFsStore(options: FsStoreOptions): ServedStore {
  const tree = new FsTree(options.storeDir);
  const signer = new UrlSigner(options.secret, options.dataUrl);
  const now = options.now ?? Date.now;

  async function stat(key: string): Promise<ObjectStat | null> {
    assertStoreKey(key);
    try {
      const handle = await tree.openFile(key);
      try {
        const found = await handle.stat();
        return { key, sizeBytes: found.size, storedAt: found.mtime };
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
      throw error;
    }
  }

  async function statPlaced(key: string): Promise<ObjectStat> {
    const placed = await stat(key);
    if (!placed) throw new AppError('CONFLICT', `${key} was removed while it was stored.`);
    return placed;
  }

  /** The object under `key` if it consists of exactly these parts: what a repeated completion finds. */
  async function storedAs(
    key: string,
    parts: readonly PartReceipt[],
    sizeBytes: number,
  ): Promise<ObjectStat | null> {
    const placed = await stat(key);
    if (!placed || placed.sizeBytes !== sizeBytes) return null;
    const handle = await tree.openFile(key);
    try {
      let offset = 0;
      for (const part of parts) {
        if ((await crcOfRange(handle, offset, part.sizeBytes)) !== part.crc32c) return null;
        offset += part.sizeBytes;
      }
      return offset === sizeBytes ? placed : null;
    } finally {
      await handle.close();
    }
  }

  async function partsOfObject(key: string, partBytes: number): Promise<PartReceipt[]> {
    const handle = await tree.openFile(key);
    try {
      const { size } = await handle.stat();
      const parts: PartReceipt[] = [];
      for (let offset = 0; offset === 0 || offset < size; offset += partBytes) {
        const sizeBytes = Math.min(partBytes, size - offset);
        const crc32c = await crcOfRange(handle, offset, sizeBytes);
        if (crc32c === null) throw new AppError('CONFLICT', `${key} became shorter while it was read.`);
        parts.push({ partNumber: parts.length + 1, sizeBytes, crc32c });
      }
      return parts;
    } finally {
      await handle.close();
    }
  }

  return {
    driver: 'fs',

    async openUpload({ key, partBytes }) {
      assertStoreKey(key);
      const uploadRef = randomBytes(16).toString('hex');
      await createUploadFolder(tree, uploadRef, { key, partBytes });
      return { uploadRef };
    },

    partCheck: async () => 'crc32c',

    async signPart({ key, uploadRef, partNumber, partBytes }): Promise<SignedPut> {
      const expiresAtS = Math.floor(now() / 1000) + PART_ADDRESS_S;
      const url = signer.sign({ kind: 'part', key, uploadRef, partNumber, partBytes, expiresAtS });
      return { url, expiresAt: new Date(expiresAtS * 1000), headers: {} };
    },

    async listParts({ key, uploadRef, partBytes }) {
      assertStoreKey(key);
      const folder = await findUploadFolder(tree, uploadRef);
      return folder ? readReceipts(folder.path, folder.meta) : partsOfObject(key, partBytes);
    },

    async completeUpload({ key, uploadRef, parts, sizeBytes, replace = false }) {
      assertStoreKey(key);
      const open = await findUploadFolder(tree, uploadRef);
      const sealed = open && (await sealUploadFolder(tree, uploadRef));
      if (!sealed) {
        // The answer to an earlier completion was lost, or the upload was aborted: the bytes under the key decide.
        const placed = await storedAs(key, parts, sizeBytes);
        if (placed) return placed;
        throw new AppError('NOT_FOUND', 'The upload is not open.');
      }
      try {
        if (open.meta.key !== key) throw new AppError('BAD_INPUT', 'The upload is for another object.');
        checkDeclaredParts(await readReceipts(sealed, open.meta), parts, sizeBytes, open.meta.partBytes);
        const storedAt = await makeDurable(join(sealed, 'data'), sizeBytes);
        await tree.place(join(sealed, 'data'), key, { replace });
        await removeSealedFolder(sealed);
        return { key, sizeBytes, storedAt };
      } catch (error) {
        // Two completions at once, or one cut short after the object got its name: same bytes, same answer.
        const placed = await storedAs(key, parts, sizeBytes).catch(() => null);
        if (placed && open.meta.key === key) {
          await removeUploadFolder(tree, uploadRef);
          return placed;
        }
        await unsealUploadFolder(tree, uploadRef);
        throw storeError(error, key);
      }
    },

    async abortUpload({ key, uploadRef, isRecorded = false, holdsKey = false }) {
      // Its folder goes when its bytes get their name.
      const isNamed = holdsKey && !isRecorded && (await findUploadFolder(tree, uploadRef)) === null;
      await removeUploadFolder(tree, uploadRef);
      if (isNamed) await tree.remove(key);
    },

    isTaken: async ({ key }) => (await stat(key)) !== null,

    madeOf: async (key) => ((await stat(key)) ? { uploadRef: null } : null),

    sweepUploads: (input) => sweepUploadFolders(tree, input),

    async put(key, body, { ifAbsent = false } = {}) {
      assertStoreKey(key);
      const path = await temporaryPath(tree, randomBytes(16).toString('hex'));
      try {
        const sha256 = await writeDurably(path, body);
        await tree.place(path, key, { replace: !ifAbsent });
        return { ...(await statPlaced(key)), sha256 };
      } catch (error) {
        throw storeError(error, key);
      } finally {
        // After a rename there is nothing left under the temporary name.
        await unlink(path).catch(() => undefined);
      }
    },

    stat,

    async readRange(key, offset, length) {
      assertStoreKey(key);
      const handle = await tree.openFile(key);
      try {
        const { size } = await handle.stat();
        if (!(offset >= 0 && length > 0 && offset < size)) throw new AppError('RANGE_NOT_SATISFIABLE');
        const bytes = Buffer.allocUnsafe(Math.min(length, size - offset));
        let done = 0;
        while (done < bytes.length) {
          const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return bytes.subarray(0, done);
      } catch (error) {
        throw storeError(error, key);
      } finally {
        await handle.close();
      }
    },

    async *read(key) {
      assertStoreKey(key);
      const handle = await tree.openFile(key);
      try {
        for (;;) {
          const buffer = Buffer.allocUnsafe(READ_BYTES);
          const { bytesRead } = await handle.read(buffer, 0, buffer.length);
          if (bytesRead === 0) return;
          yield buffer.subarray(0, bytesRead);
        }
      } catch (error) {
        throw storeError(error, key);
      } finally {
        await handle.close();
      }
    },

    async move(fromKey, toKey) {
      assertStoreKey(fromKey);
      assertStoreKey(toKey);
      await tree.move(fromKey, toKey);
    },

    async preserve(fromKey, toKey) {
      assertStoreKey(fromKey);
      assertStoreKey(toKey);
      return tree.link(fromKey, toKey);
    },

    async delete(key) {
      assertStoreKey(key);
      await tree.remove(key);
    },

    async signGet(key, { download, expiresInS = READ_ADDRESS_S, version = 1 } = {}) {
      assertStoreKey(key);
      const expiresAtS = readExpiryS(now(), expiresInS);
      const address = signer.sign({ kind: 'read', key, download: download ?? null, expiresAtS });
      // Says nothing about what is allowed, so it need not be signed.
      const url = version > 1 ? `${address}&version=${version}` : address;
      return { url, expiresAt: new Date(expiresAtS * 1000) };
    },

    localTree(prefix) {
      assertStoreKey(`${prefix}/x`);
      return join(tree.folder, prefix);
    },

    async openTree(prefix) {
      assertStoreKey(`${prefix}/x`);
      await tree.makeFolder(prefix);
      return true;
    },

    treeDelayMs: 0,

    async check() {
      const root = await tree.root();
      try {
        await access(root, O.R_OK | O.W_OK | O.X_OK);
        const { bavail, bsize } = await statfs(root);
        if (bavail * bsize < LEAST_FREE_BYTES) {
          throw new AppError('UNAVAILABLE', 'The store has no space left.');
        }
      } catch (error) {
        throw storeError(error, 'its folder');
      }
    },

    prefixKeyHours: async () => null,

    async lendKey() {
      throw new AppError('UNAVAILABLE', 'The store keeps plain files, and gives no keys to them.');
    },

    verifyAddress: (url) => signer.verify(url, now()),

    async openPart({ uploadRef, partNumber, partBytes }) {
      return PartWriter.open(uploadPath(await tree.root(), uploadRef), partNumber, partBytes);
    },

    async openObject(key) {
      assertStoreKey(key);
      return FsObject.open(await tree.openFile(key));
    },
  };
}

/**
 * fdatasync: bytes and size are on the disk afterwards. Also cuts what a longer first try of the last part left behind. A completion
 * beside this one, or one that was cut short, may have made the file read-only already: so it is opened for reading.
 */
async function makeDurable(path: string, sizeBytes: number): Promise<Date> {
  const handle = await open(path, O.O_RDONLY | O.O_NOFOLLOW);
  try {
    const { size, mtime } = await handle.stat();
    if (size < sizeBytes)
      throw new AppError('CHECKSUM_MISMATCH', 'The stored file is shorter than its parts.');
    if (size > sizeBytes) {
      await handle.chmod(WRITABLE);
      await truncate(path, sizeBytes);
    }
    await handle.datasync();
    // Stored data are never changed in place, not even by a job that has the tree mounted.
    await handle.chmod(0o444);
    return mtime;
  } finally {
    await handle.close();
  }
}

/** Writes a whole file, synced. Returns its SHA-256 as lower-case hex. */
async function writeDurably(path: string, body: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(path, O.O_WRONLY | O.O_CREAT | O.O_EXCL | O.O_NOFOLLOW, 0o644);
  try {
    const pieces = body instanceof Uint8Array ? [body] : body;
    for await (const piece of pieces) {
      hash.update(piece);
      for (let done = 0; done < piece.length; ) {
        done += (await handle.write(piece, done)).bytesWritten;
      }
    }
    await handle.datasync();
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}
