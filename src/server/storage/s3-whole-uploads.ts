import { randomBytes } from 'node:crypto';
import { AppError } from '#src/shared/errors/app-error.ts';
import { checkDeclaredParts } from './declared-parts.ts';
import type {
  AnnouncedDigests,
  ObjectStat,
  ObjectStore,
  PartReceipt,
  SignedPut,
} from './object-store.port.ts';
import { deleteIfStill } from './s3-conditional-delete.ts';
import type { S3Connection } from './s3-connection.ts';
import { codeOf } from './s3-errors.ts';
import type { RemovedLater } from './s3-leftovers.ts';
import { type MadeOf, madeOfMetadata, newObjectHeaders } from './s3-made-of.ts';
import type { S3Objects, S3Stat } from './s3-objects.ts';
import { notesOf, objectsUnder, plainEtag, removeNotes } from './s3-uploads.ts';

/**
 * Uploads of one part of the `s3` driver (docs/decisions/0017). S3 keeps nothing of them until the part comes. It is put as an object of its
 * own, `.uploads/<upload>/1-<size>-<crc32c>`, under which only bytes of this size and checksum can come to lie: the data server keeps the
 * last of them back until the checksum is right, and the store's own address is bound to their MD5 and length. A completion is a copy made
 * by the store, bound to the part's ETag, onto the key; the copy says in its metadata which upload it came from.
 *
 * Where the store can, the part of a new object is put straight onto its key (docs/decisions/0020): the address is bound to its bytes, to "unless
 * there is one" and to the same metadata, so that what lies there was completed by it.
 *
 * A reference is `_<bytes per part, base 36>-<32 hex digits>`, which none of an upload in S3's parts can be; of a new object it begins with `__`.
 */
const REF = /^__?([0-9a-z]{1,8})-[0-9a-f]{32}$/;
const PART = /^1-(\d{1,12})-([0-9a-f]{8})$/;
/**
 * Beyond this the store's copy costs it more than an upload in S3's parts; measured in docs/decisions/0017.
 */
export const WHOLE_BYTES = 4 * 1024 * 1024;
/** What goes straight onto its key is not copied; one part of an agent is the most that a lost answer sends again. */
export const WHOLE_NEW_BYTES = 8 * 1024 * 1024;
/** So many parts are remembered by their MD5 between the signing of their address and their completion, and so many taken keys. */
const MOST_KEPT = 10_000;

export const isWholeRef = (uploadRef: string): boolean => REF.test(uploadRef);
const isNewRef = (uploadRef: string): boolean => uploadRef.startsWith('__');
export const makeWholeRef = (partBytes: number, isNew: boolean): string =>
  `${isNew ? '__' : '_'}${partBytes.toString(36)}-${randomBytes(16).toString('hex')}`;
const partBytesOf = (uploadRef: string) => Number.parseInt(REF.exec(uploadRef)![1]!, 36);

interface StoredPart extends PartReceipt {
  key: string;
  etag: string;
  storedAt: Date;
}

/** Where a part of this size and CRC32C (eight lower-case hex digits) is put. */
export const wholePartKey = (uploadRef: string, part: { sizeBytes: number; crc32c: string }): string =>
  `${notesOf(uploadRef)}1-${part.sizeBytes}-${part.crc32c}`;

/** Throws BAD_INPUT for any part but the first. */
export function requireOnlyPart(partNumber: number): void {
  if (partNumber !== 1) throw new AppError('BAD_INPUT', 'This upload was opened for a file of one part.');
}

const isMadeOf = ({ upload, etag }: S3Stat, uploadRef: string): boolean =>
  upload?.ref === uploadRef && upload.etag === plainEtag(etag);
const changed = (key: string) =>
  new AppError('UNAVAILABLE', { message: `${key} changed while it was completed.`, retryAfterS: 1 });

const answer = ({ key, sizeBytes, storedAt }: ObjectStat): ObjectStat => ({ key, sizeBytes, storedAt });

export class WholeUploads {
  readonly #connection: S3Connection;
  readonly #objects: S3Objects;
  readonly #leftovers: RemovedLater;
  /** MD5 by key of the part. Who has forgotten it asks the store. */
  readonly #announced = new Map<string, string>();
  /** Keys of new objects that something had. Who has forgotten it is told again by the next completion. */
  readonly #taken = new Set<string>();

  constructor(connection: S3Connection, objects: S3Objects, leftovers: RemovedLater) {
    this.#connection = connection;
    this.#objects = objects;
    this.#leftovers = leftovers;
  }

  /**
   * The store's own address for the part, which takes these bytes only, and the headers it takes them with.
   * @param toKey whether that of a new object may be its key
   */
  async sign(
    { key, uploadRef }: { key: string; uploadRef: string },
    announced: AnnouncedDigests,
    { expiresInS, toKey }: { expiresInS: number; toKey: boolean },
  ): Promise<Pick<SignedPut, 'url' | 'headers'>> {
    const { crc32c, md5, sizeBytes } = announced;
    const bound = {
      ...{ expiresInS, isPublic: true, sizeBytes },
      md5Base64: Buffer.from(md5, 'hex').toString('base64'),
    };
    if (toKey && isNewRef(uploadRef)) {
      const headers = newObjectHeaders({ ref: uploadRef, crc32c, etag: md5 });
      return { url: await this.#connection.presignPut({ Key: key }, { ...bound, headers }), headers };
    }
    const partKey = wholePartKey(uploadRef, announced);
    if (this.#announced.size >= MOST_KEPT) this.#announced.delete(this.#announced.keys().next().value!);
    this.#announced.set(partKey, md5);
    return { url: await this.#connection.presignPut({ Key: partKey }, bound), headers: {} };
  }

  /** Whether a completion found something else under the key before. */
  wasTaken(key: string): boolean {
    return this.#taken.has(key);
  }

  #taking(key: string): AppError {
    if (this.#taken.size >= MOST_KEPT) this.#taken.delete(this.#taken.values().next().value!);
    this.#taken.add(key);
    return new AppError('CONFLICT', `${key} exists already.`);
  }

  /** What is put, the newest first. */
  async #stored(uploadRef: string): Promise<StoredPart[]> {
    const found = await objectsUnder(this.#connection, notesOf(uploadRef));
    const parts = found.flatMap(({ key, name, sizeBytes, etag, storedAt }): StoredPart[] => {
      const [, size, crc32c] = PART.exec(name) ?? [];
      if (crc32c === undefined || Number(size) !== sizeBytes) return [];
      return [{ partNumber: 1, sizeBytes, crc32c, key, etag, storedAt }];
    });
    return parts.sort((a, b) => b.storedAt.getTime() - a.storedAt.getTime());
  }

  /** The part that is stored, or the one the object under `key` was made of. */
  async list(key: string, uploadRef: string): Promise<PartReceipt[]> {
    const [newest] = await this.#stored(uploadRef);
    if (newest) return [{ partNumber: 1, sizeBytes: newest.sizeBytes, crc32c: newest.crc32c }];
    const placed = await this.#objects.stat(key);
    if (!placed || !isMadeOf(placed, uploadRef)) return [];
    return [{ partNumber: 1, sizeBytes: placed.sizeBytes, crc32c: placed.upload!.crc32c }];
  }

  async complete(input: Parameters<ObjectStore['completeUpload']>[0]): Promise<ObjectStat> {
    const { key, uploadRef, parts, sizeBytes, replace = false } = input;
    const [part] = parts;
    checkDeclaredParts(part ? [part] : [], parts, sizeBytes, partBytesOf(uploadRef));
    const taken = await this.#objects.stat(key);
    if (taken && isMadeOf(taken, uploadRef)) return this.#again(taken, part!);
    if (taken && taken.upload?.ref !== uploadRef && !replace) throw this.#taking(key);
    const source = wholePartKey(uploadRef, part!);
    const made = { ref: uploadRef, crc32c: part!.crc32c };
    const announced = this.#announced.get(source);
    const storedAt =
      (announced && (await this.#copy(source, key, { ...made, etag: announced }))) ??
      (await this.#copy(source, key, { ...made, etag: await this.#etagOf(source, input) }));
    if (!storedAt) throw changed(key);
    this.#announced.delete(source);
    this.#leftovers.remove([source]);
    return { key, sizeBytes, storedAt };
  }

  /** A completion whose answer was lost. */
  #again(placed: S3Stat, part: PartReceipt): ObjectStat {
    if (placed.sizeBytes !== part.sizeBytes || placed.upload!.crc32c !== part.crc32c) {
      throw new AppError('NOT_FOUND', 'The upload is not open.');
    }
    const { ref } = placed.upload!;
    // What lies there under a new key was most likely put there.
    if (!isNewRef(ref)) this.#leftovers.remove([wholePartKey(ref, part)]);
    return answer(placed);
  }

  /** Throws CHECKSUM_MISMATCH, with the part at fault, when that part is not stored. */
  async #etagOf(
    source: string,
    { uploadRef, parts, sizeBytes }: Parameters<ObjectStore['completeUpload']>[0],
  ): Promise<string> {
    const stored = await this.#objects.stat(source);
    if (stored && stored.sizeBytes === parts[0]!.sizeBytes) return plainEtag(stored.etag);
    const others = (await this.#stored(uploadRef)).slice(0, 1);
    const proved = others.filter((one) => one.key !== source);
    checkDeclaredParts(proved, parts, sizeBytes, partBytesOf(uploadRef));
    throw changed(source);
  }

  /**
   * Returns when the object was made, to the second as the store tells it elsewhere; null when no such part is stored. Ceph RGW 16.2 pays no
   * attention to the condition of a copy, so the ETag of what was made decides; what was made of other bytes counts for nothing.
   */
  async #copy(source: string, key: string, from: MadeOf): Promise<Date | null> {
    const made = await this.#connection.run(key, async ({ lib, client, bucket }) => {
      try {
        const { CopyObjectResult } = await client.send(
          new lib.CopyObjectCommand({
            Bucket: bucket,
            Key: key,
            CopySource: `${bucket}/${source}`,
            CopySourceIfMatch: `"${from.etag}"`,
            MetadataDirective: 'REPLACE',
            Metadata: madeOfMetadata(from),
          }),
        );
        return CopyObjectResult;
      } catch (error) {
        if (['NoSuchKey', 'PreconditionFailed'].includes(codeOf(error))) return null;
        throw error;
      }
    });
    if (!made || plainEtag(made.ETag) !== from.etag) return null;
    return new Date(Math.floor((made.LastModified ?? new Date()).getTime() / 1000) * 1000);
  }

  /** Removes what was put; nothing happens when nothing was. */
  async abort(key: string, uploadRef: string, isRecorded: boolean): Promise<void> {
    await removeNotes(this.#connection, uploadRef);
    if (!isNewRef(uploadRef) || isRecorded) return;
    const placed = await this.#objects.stat(key);
    if (placed && isMadeOf(placed, uploadRef)) await deleteIfStill(this.#connection, placed);
  }
}
