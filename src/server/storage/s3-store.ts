import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#src/shared/errors/app-error.ts';
import { attachment, cacheControl, contentType } from '#src/shared/model/content-headers.ts';
import { assertStoreKey } from '#src/shared/model/store-path.ts';
import { PART_ADDRESS_S, READ_ADDRESS_S, readExpiryS } from './address-expiry.ts';
import { checkDeclaredParts } from './declared-parts.ts';
import type { ObjectStat, PartReceipt } from './object-store.port.ts';
import { directWays } from './s3-capabilities.ts';
import { type DirectWay, S3Connection, type S3Settings } from './s3-connection.ts';
import { RemovedLater } from './s3-leftovers.ts';
import { S3Objects } from './s3-objects.ts';
import { S3PartWriter } from './s3-part-writer.ts';
import { PrefixKeys, type ReadRole } from './s3-prefix-keys.ts';
import { sweepS3Uploads } from './s3-sweep.ts';
import {
  abortMultipart,
  listStoredParts,
  makeRef,
  notePart,
  parseRef,
  provedReceipts,
  removeNotes,
} from './s3-uploads.ts';
import {
  isWholeRef,
  makeWholeRef,
  requireOnlyPart,
  WHOLE_BYTES,
  WHOLE_NEW_BYTES,
  WholeUploads,
  wholePartKey,
} from './s3-whole-uploads.ts';
import type { ServedStore } from './served-store.port.ts';
import { Turns } from './turns.ts';
import { UrlSigner } from './url-signer.ts';

export interface S3StoreOptions {
  s3: S3Settings;
  /** What is allowed; what the store cannot do goes through the data server all the same. */
  direct: readonly DirectWay[];
  /** Absolute folder where the bucket is mounted for jobs on this machine; null when it is not. */
  mountDir: string | null;
  /** Of which people get keys for programs of their own; null when they get none. */
  readRole: ReadRole | null;
  /** Public origins of the data server and of the web app. */
  dataUrl: string;
  webUrl: string;
  secret: string;
  /** Most bytes to copy in one request; S3's own limit when absent. */
  copyBytes?: number;
  now?: () => number;
}

/** Twice what a mount as docs/operations.md gives it keeps of a folder that it has listed. */
const MOUNT_DELAY_MS = 1000;

const isWholeFile = (partBytes: number, sizeBytes: number | undefined, most: number): boolean =>
  sizeBytes !== undefined && sizeBytes <= Math.min(partBytes, most);

const statOf = ({ key, sizeBytes, storedAt }: ObjectStat): ObjectStat => ({ key, sizeBytes, storedAt });

/**
 * The `s3` driver: objects in one bucket under their keys. S3 offers no step "unless the name is taken" for completions and copies (only
 * some stores do), so a taken key is looked for right before, by one process at a time per key; that no two uploads are given one
 * key is the database's doing.
 */
export function createS3Store(options: S3StoreOptions): ServedStore {
  const connection = new S3Connection(options.s3);
  const objects = new S3Objects(connection, options.copyBytes);
  const leftovers = new RemovedLater(connection);
  const whole = new WholeUploads(connection, objects, leftovers);
  const signer = new UrlSigner(options.secret, options.dataUrl);
  const turns = new Turns();
  const now = options.now ?? Date.now;
  const prefixKeys = options.readRole && new PrefixKeys(connection, options.readRole);
  const direct = directWays(connection, options.direct, options.webUrl);

  async function stat(key: string): Promise<ObjectStat | null> {
    assertStoreKey(key);
    const found = await objects.stat(key);
    return found && statOf(found);
  }

  /** The object under `key` if it consists of exactly these parts: what a repeated completion finds. Reads it. */
  async function storedAs(key: string, parts: readonly PartReceipt[]): Promise<ObjectStat | null> {
    const placed = await objects.stat(key);
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    if (!placed || placed.sizeBytes !== sizeBytes) return null;
    const read = await objects.checksums(
      key,
      parts.map((part) => part.sizeBytes),
    );
    return read?.every(({ crc32c }, index) => crc32c === parts[index]!.crc32c) ? statOf(placed) : null;
  }

  async function partsOfObject(key: string, partBytes: number): Promise<PartReceipt[]> {
    const { sizeBytes } = await objects.require(key);
    const count = Math.max(1, Math.ceil(sizeBytes / partBytes));
    const sizes = Array.from({ length: count }, (_, index) =>
      Math.min(partBytes, sizeBytes - index * partBytes),
    );
    const parts = await objects.checksums(key, sizes);
    if (!parts) throw new AppError('CONFLICT', `${key} changed while it was read.`);
    return parts;
  }

  /** Runs `task`, which gives `key` to new bytes, when nobody has it; throws CONFLICT when somebody has. */
  function unlessTaken(key: string, task: () => Promise<void>): Promise<void> {
    return turns.take(key, async () => {
      if (await objects.stat(key)) throw new AppError('CONFLICT', `${key} exists already.`);
      await task();
    });
  }

  async function complete(input: Parameters<ServedStore['completeUpload']>[0]): Promise<ObjectStat> {
    const { key, uploadRef, parts, sizeBytes, replace = false } = input;
    const upload = parseRef(key, uploadRef);
    const found = await listStoredParts(connection, upload);
    if (!found) {
      // The answer to an earlier completion was lost, or the upload was aborted: the bytes under the key decide.
      const placed = await storedAs(key, parts);
      if (!placed) throw new AppError('NOT_FOUND', 'The upload is not open.');
      await removeNotes(connection, uploadRef);
      return placed;
    }
    const stored = found.parts;
    const unproved = stored.filter((part) => part.crc32c === null).map((part) => part.partNumber);
    checkDeclaredParts(provedReceipts(stored), parts, sizeBytes, upload.partBytes, unproved);
    try {
      if (!replace && (await objects.stat(key))) throw new AppError('CONFLICT', `${key} exists already.`);
      await objects.completeParts(
        key,
        upload.uploadId,
        stored.map((part) => part.etag),
        !replace,
      );
    } catch (error) {
      // Two completions at once, or one whose answer was lost: same bytes, same answer.
      const placed = await storedAs(key, parts).catch(() => null);
      if (!placed) throw error;
      await abortMultipart(connection, upload);
      await removeNotes(connection, uploadRef);
      return placed;
    }
    const placed = await objects.require(key);
    if (placed.sizeBytes !== sizeBytes) {
      throw new AppError('UNAVAILABLE', `The store made ${placed.sizeBytes} bytes of the parts of ${key}.`);
    }
    // A note that came meanwhile is of a part that came too late; it is swept.
    leftovers.remove(found.noteKeys);
    return statOf(placed);
  }

  return {
    driver: 's3',

    async openUpload({ key, partBytes, sizeBytes, isNew = false }) {
      assertStoreKey(key);
      const most = isNew && (await direct()).toKeys ? WHOLE_NEW_BYTES : WHOLE_BYTES;
      if (isWholeFile(partBytes, sizeBytes, most)) return { uploadRef: makeWholeRef(partBytes, isNew) };
      return { uploadRef: makeRef(partBytes, await objects.beginUpload(key)) };
    },

    async isTaken({ key, partBytes, sizeBytes }) {
      const { toKeys } = await direct();
      const isTold = toKeys && isWholeFile(partBytes, sizeBytes, WHOLE_NEW_BYTES) && !whole.wasTaken(key);
      return !isTold && (await stat(key)) !== null;
    },

    async madeOf(key) {
      assertStoreKey(key);
      const found = await objects.stat(key);
      return found && { uploadRef: found.upload?.ref ?? null };
    },

    partCheck: async () => ((await direct()).parts ? 'md5' : 'crc32c'),

    async signPart({ key, uploadRef, partNumber, partBytes, announced }) {
      const expiresAtS = Math.floor(now() / 1000) + PART_ADDRESS_S;
      const expiresAt = new Date(expiresAtS * 1000);
      const isWhole = isWholeRef(uploadRef);
      if (isWhole) requireOnlyPart(partNumber);
      const { parts: isDirect, toKeys: toKey } = await direct();
      if (announced && isDirect) {
        if (isWhole) {
          const how = { expiresInS: PART_ADDRESS_S, toKey };
          return { ...(await whole.sign({ key, uploadRef }, announced, how)), expiresAt };
        }
        const { uploadId } = parseRef(key, uploadRef);
        const { sizeBytes, crc32c, md5 } = announced;
        await notePart(connection, uploadRef, { partNumber, sizeBytes, crc32c }, md5);
        const md5Base64 = Buffer.from(md5, 'hex').toString('base64');
        const url = await connection.presignPut(
          { Key: key, UploadId: uploadId, PartNumber: partNumber },
          { expiresInS: PART_ADDRESS_S, isPublic: true, md5Base64, sizeBytes },
        );
        return { url, expiresAt, headers: {} };
      }
      const url = signer.sign({ kind: 'part', key, uploadRef, partNumber, partBytes, expiresAtS });
      return { url, expiresAt, headers: {} };
    },

    async listParts({ key, uploadRef, partBytes }) {
      assertStoreKey(key);
      if (isWholeRef(uploadRef)) return whole.list(key, uploadRef);
      const stored = await listStoredParts(connection, parseRef(key, uploadRef));
      return stored ? provedReceipts(stored.parts) : partsOfObject(key, partBytes);
    },

    async completeUpload(input) {
      assertStoreKey(input.key);
      return turns.take(input.key, () =>
        isWholeRef(input.uploadRef) ? whole.complete(input) : complete(input),
      );
    },

    async abortUpload({ key, uploadRef, isRecorded = false, holdsKey = false }) {
      if (isWholeRef(uploadRef)) return whole.abort(key, uploadRef, isRecorded);
      const upload = parseRef(key, uploadRef);
      // S3 forgets an upload when its bytes get their name.
      const isNamed = holdsKey && !isRecorded && (await listStoredParts(connection, upload)) === null;
      await abortMultipart(connection, upload);
      await removeNotes(connection, uploadRef);
      if (isNamed) await objects.delete(key);
    },

    async put(key, body, { ifAbsent = false } = {}) {
      assertStoreKey(key);
      let sha256 = '';
      const write = async () => {
        sha256 = await objects.put(key, body, ifAbsent);
      };
      await (ifAbsent ? unlessTaken(key, write) : write());
      return { ...statOf(await objects.require(key)), sha256 };
    },

    stat,

    async readRange(key, offset, length) {
      assertStoreKey(key);
      if (!(offset >= 0 && length > 0)) throw new AppError('RANGE_NOT_SATISFIABLE');
      return objects.bytes(key, { offset, length });
    },

    async *read(key) {
      assertStoreKey(key);
      yield* objects.pieces(key);
    },

    async move(fromKey, toKey) {
      assertStoreKey(fromKey);
      assertStoreKey(toKey);
      const from = await objects.require(fromKey);
      await unlessTaken(toKey, () => objects.copy(from, toKey));
      await objects.delete(fromKey);
    },

    async preserve(fromKey, toKey) {
      assertStoreKey(fromKey);
      assertStoreKey(toKey);
      const from = await objects.require(fromKey);
      try {
        await unlessTaken(toKey, () => objects.copy(from, toKey));
        return true;
      } catch (error) {
        if (error instanceof AppError && error.code === 'CONFLICT') return false;
        throw error;
      }
    },

    async delete(key) {
      assertStoreKey(key);
      await objects.delete(key);
    },

    async signGet(key, { download, expiresInS = READ_ADDRESS_S, version = 1 } = {}) {
      assertStoreKey(key);
      const expiresAtS = readExpiryS(now(), expiresInS);
      const expiresAt = new Date(expiresAtS * 1000);
      const marks: Record<string, string> = version > 1 ? { version: String(version) } : {};
      if (!(await direct()).reads) {
        const address = signer.sign({ kind: 'read', key, download: download ?? null, expiresAtS });
        return { url: version > 1 ? `${address}&version=${version}` : address, expiresAt };
      }
      // A span that always is as long begins in the same steps as it ends.
      const spanS = 2 * expiresInS;
      const url = await connection.presignGet(
        {
          Key: key,
          ResponseContentType: contentType(key),
          ResponseCacheControl: cacheControl(key),
          ...(download === undefined ? {} : { ResponseContentDisposition: attachment(download) }),
        },
        { expiresInS: spanS, isPublic: true, signedAtMs: (expiresAtS - spanS) * 1000 },
        marks,
      );
      return { url, expiresAt };
    },

    async prefixKeyHours() {
      const isGiven = await prefixKeys?.fault().then(
        (fault) => fault === null,
        () => false,
      );
      return isGiven ? options.readRole!.hours : null;
    },

    async lendKey(prefix, holder) {
      if (!prefixKeys) throw new AppError('UNAVAILABLE', 'The store gives no keys.');
      return prefixKeys.lend(prefix, holder);
    },

    localTree(prefix) {
      assertStoreKey(`${prefix}/x`);
      return options.mountDir === null ? null : join(options.mountDir, prefix);
    },

    // What is mounted can only be read: a folder appears with its first object.
    async openTree(prefix) {
      const folder = this.localTree(prefix);
      const found = folder === null ? null : await lstat(folder).catch(() => null);
      return found?.isDirectory() ?? false;
    },

    treeDelayMs: MOUNT_DELAY_MS,

    check: () => objects.checkBucket(),

    sweepUploads: (input) => sweepS3Uploads(connection, input),

    verifyAddress: (url) => signer.verify(url, now()),

    async openPart({ key, uploadRef, partNumber }, { sizeBytes, crc32c }) {
      const aside = { expiresInS: PART_ADDRESS_S, isPublic: false };
      if (isWholeRef(uploadRef)) {
        requireOnlyPart(partNumber);
        const partKey = wholePartKey(uploadRef, { sizeBytes, crc32c });
        const url = await connection.presignPut({ Key: partKey }, aside);
        return new S3PartWriter(
          { url, partNumber, sizeBytes },
          { taken: async () => undefined, refused: () => objects.delete(partKey) },
        );
      }
      const { uploadId } = parseRef(key, uploadRef);
      const url = await connection.presignPut(
        { Key: key, UploadId: uploadId, PartNumber: partNumber },
        aside,
      );
      return new S3PartWriter(
        { url, partNumber, sizeBytes },
        {
          taken: (receipt, md5) => notePart(connection, uploadRef, receipt, md5),
          // Without a note it counts for nothing.
          refused: async () => undefined,
        },
      );
    },

    async openObject(key) {
      assertStoreKey(key);
      return objects.open(key);
    },
  };
}
