import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { crc32c } from '@node-rs/crc32';
import { AppError } from '#src/shared/errors/app-error.ts';
import { crcHex } from './crc-hex.ts';
import type { ObjectStat, PartReceipt } from './object-store.port.ts';
import { blocksOf } from './s3-blocks.ts';
import type { S3, S3Connection } from './s3-connection.ts';
import { wasCutOff } from './s3-errors.ts';
import { type MadeOf, madeOfIn } from './s3-made-of.ts';
import { abortMultipart } from './s3-uploads.ts';
import type { StoredObject } from './served-store.port.ts';

/** The most S3 copies in one request. */
const COPY_BYTES = 5 * 1024 ** 3;
const COPY_PART_BYTES = 1024 ** 3;
/** A store that refuses a body closes the connection, often before its reason could be read: asked so often, it is read. */
const BODY_TRIES = 4;
/** A bucket that was there is not asked after again for so long. */
const BUCKET_IS_THERE_MS = 10_000;

export interface S3Stat extends ObjectStat {
  /** As the store writes it, quoted. */
  etag: string;
  /** The upload of one part that it was made of; null for every other object. */
  upload: MadeOf | null;
}

const isNotFound = (error: unknown) => error instanceof AppError && error.code === 'NOT_FOUND';
const md5Base64 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64');

/** Single objects of one bucket. Every method throws AppError. */
export class S3Objects {
  readonly #connection: S3Connection;
  readonly #copyBytes: number;
  #bucket: { answer: Promise<void>; askedMs: number } | undefined;

  /** @param copyBytes most to copy in one request */
  constructor(connection: S3Connection, copyBytes = COPY_BYTES) {
    this.#connection = connection;
    this.#copyBytes = copyBytes;
  }

  /** Throws UNAVAILABLE when there is no such bucket: then nothing can be said about its objects. */
  checkBucket(): Promise<void> {
    return this.#connection
      .run('its bucket', ({ lib, client, bucket }) =>
        client.send(new lib.HeadBucketCommand({ Bucket: bucket })),
      )
      .then(
        () => undefined,
        (error) => {
          throw isNotFound(error)
            ? new AppError('UNAVAILABLE', {
                message: `There is no bucket "${this.#connection.settings.bucket}" in the store: create it, or correct BEAMDECK_S3_BUCKET.`,
                cause: error,
              })
            : error;
        },
      );
  }

  /** The same, asked once for many that ask within a moment: a bucket with objects in it cannot be removed. */
  #bucketIsThere(): Promise<void> {
    if (!this.#bucket || performance.now() - this.#bucket.askedMs > BUCKET_IS_THERE_MS) {
      const answer = this.checkBucket();
      const asked = { answer, askedMs: performance.now() };
      this.#bucket = asked;
      answer.catch(() => {
        if (this.#bucket === asked) this.#bucket = undefined;
      });
    }
    return this.#bucket.answer;
  }

  async stat(key: string): Promise<S3Stat | null> {
    try {
      return await this.#connection.run(key, async ({ lib, client, bucket }) => {
        const found = await client.send(new lib.HeadObjectCommand({ Bucket: bucket, Key: key }));
        return {
          key,
          sizeBytes: found.ContentLength ?? 0,
          storedAt: found.LastModified ?? new Date(0),
          etag: found.ETag ?? '""',
          upload: madeOfIn(found.Metadata),
        };
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // A missing bucket answers the same, and must not pass for a missing object.
      await this.#bucketIsThere();
      return null;
    }
  }

  async require(key: string): Promise<S3Stat> {
    const found = await this.stat(key);
    if (!found) throw new AppError('NOT_FOUND', `${key} is not in the store.`);
    return found;
  }

  /** Bytes of the object, or of [offset, offset+length), as they come; `etag` holds the content still while it is read. */
  get(key: string, options: { offset?: number; length?: number; etag?: string } = {}): Promise<Readable> {
    const { offset, length, etag } = options;
    return this.#connection.run(key, async ({ lib, client, bucket }) => {
      const answer = await client.send(
        new lib.GetObjectCommand({
          Bucket: bucket,
          Key: key,
          IfMatch: etag,
          Range: offset === undefined ? undefined : `bytes=${offset}-${offset + length! - 1}`,
        }),
      );
      return answer.Body as Readable;
    });
  }

  /** The whole of a range, or of the object. A connection that breaks is UNAVAILABLE, never a shorter answer. */
  async bytes(
    key: string,
    options: { offset?: number; length?: number; etag?: string } = {},
  ): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.pieces(key, options)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async *pieces(
    key: string,
    options: { offset?: number; length?: number; etag?: string } = {},
  ): AsyncGenerator<Uint8Array> {
    const body = await this.get(key, options);
    try {
      yield* body as AsyncIterable<Uint8Array>;
    } catch (cause) {
      throw new AppError('UNAVAILABLE', {
        message: `The store broke off in the middle of ${key}.`,
        cause,
        retryAfterS: 5,
      });
    } finally {
      body.destroy();
    }
  }

  /** The object as parts of these sizes; null when it is not exactly as long as they are together. */
  async checksums(key: string, sizes: readonly number[]): Promise<PartReceipt[] | null> {
    const parts: PartReceipt[] = [];
    let crc = 0;
    let fill = 0;
    const closePart = () => {
      parts.push({ partNumber: parts.length + 1, sizeBytes: fill, crc32c: crcHex(crc) });
      crc = 0;
      fill = 0;
    };
    for await (const piece of this.pieces(key)) {
      for (let at = 0; at < piece.length; ) {
        const size = sizes[parts.length];
        if (size === undefined) return null;
        const taken = piece.subarray(at, at + size - fill);
        crc = crc32c(taken, crc);
        fill += taken.length;
        at += taken.length;
        if (fill === size) closePart();
        else if (taken.length === 0) return null;
      }
    }
    if (fill > 0) return null;
    if (parts.length === 0 && sizes[0] === 0) closePart();
    return parts.length === sizes.length ? parts : null;
  }

  /** Opened for the data server. */
  async open(key: string): Promise<StoredObject> {
    const { sizeBytes, etag } = await this.require(key);
    return {
      sizeBytes,
      etag,
      read: (offset, length) => this.bytes(key, { offset, length, etag }),
      stream: (offset, length) => this.get(key, { offset, length, etag }),
      close: async () => undefined,
    };
  }

  /** Writes an object from pieces, each request with the MD5 of its bytes. Returns the SHA-256 of all, lower-case hex. */
  async put(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, ifAbsent: boolean): Promise<string> {
    const hash = createHash('sha256');
    const blocks = blocksOf(body instanceof Uint8Array ? [body] : body, (piece) => hash.update(piece));
    const first = await blocks.next();
    const second = await blocks.next();
    if (second.done) {
      await this.#putWhole(key, first.done ? new Uint8Array(0) : first.value, ifAbsent);
    } else {
      await this.#putParts(key, [first.value!, second.value], blocks, ifAbsent);
    }
    return hash.digest('hex');
  }

  /** Requests with a body: again while the store only closes the connection, so that a full one is called full. */
  async #sendBody<T>(key: string, send: (s3: S3) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#connection.run(key, send);
      } catch (error) {
        if (tries === BODY_TRIES || !wasCutOff(error)) throw error;
      }
    }
  }

  #putWhole(key: string, bytes: Uint8Array, ifAbsent: boolean): Promise<void> {
    return this.#sendBody(key, async ({ lib, client, bucket }) => {
      await client.send(
        new lib.PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: bytes,
          ContentLength: bytes.length,
          ContentMD5: md5Base64(bytes),
          ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
        }),
      );
    });
  }

  async #putParts(
    key: string,
    before: Uint8Array[],
    blocks: AsyncIterable<Uint8Array>,
    ifAbsent: boolean,
  ): Promise<void> {
    await this.#inParts(key, ifAbsent, async (uploadId) => {
      const tags: string[] = [];
      const send = async (bytes: Uint8Array) => {
        const tag = await this.#sendBody(key, ({ lib, client, bucket }) =>
          client.send(
            new lib.UploadPartCommand({
              Bucket: bucket,
              Key: key,
              UploadId: uploadId,
              PartNumber: tags.length + 1,
              Body: bytes,
              ContentLength: bytes.length,
              ContentMD5: md5Base64(bytes),
            }),
          ),
        );
        tags.push(tag.ETag!);
      };
      for (const bytes of before) await send(bytes);
      for await (const bytes of blocks) await send(bytes);
      return tags;
    });
  }

  /** An upload in parts of the server's own: begun, filled by `fill` (which returns the ETags), completed; aborted when that fails. */
  async #inParts(
    key: string,
    ifAbsent: boolean,
    fill: (uploadId: string) => Promise<string[]>,
  ): Promise<void> {
    const uploadId = await this.beginUpload(key);
    try {
      const tags = await fill(uploadId);
      await this.completeParts(key, uploadId, tags, ifAbsent);
    } catch (error) {
      await abortMultipart(this.#connection, { key, uploadId }).catch(() => undefined);
      throw error;
    }
  }

  async beginUpload(key: string): Promise<string> {
    return this.#connection.run(key, async ({ lib, client, bucket }) => {
      const begun = await client.send(new lib.CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
      return begun.UploadId!;
    });
  }

  /** Parts 1, 2, … with these ETags become the object. */
  async completeParts(
    key: string,
    uploadId: string,
    tags: readonly string[],
    ifAbsent: boolean,
  ): Promise<void> {
    await this.#connection.run(key, ({ lib, client, bucket }) =>
      client.send(
        new lib.CompleteMultipartUploadCommand({
          Bucket: bucket,
          Key: key,
          UploadId: uploadId,
          MultipartUpload: { Parts: tags.map((ETag, index) => ({ PartNumber: index + 1, ETag })) },
          // A store that does not know it here ignores it (Ceph RGW 16.2 does).
          ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
        }),
      ),
    );
  }

  /** Copies inside the store, without the bytes passing here. Throws NOT_FOUND; UNAVAILABLE when the copy is not as long as the object. */
  async copy(from: S3Stat, toKey: string): Promise<void> {
    const { bucket } = this.#connection.settings;
    const source = `${bucket}/${from.key.split('/').map(encodeURIComponent).join('/')}`;
    if (from.sizeBytes <= this.#copyBytes) {
      await this.#copying(from, ({ lib, client }) =>
        client.send(
          new lib.CopyObjectCommand({
            Bucket: bucket,
            Key: toKey,
            CopySource: source,
            CopySourceIfMatch: from.etag,
          }),
        ),
      );
    } else {
      await this.#inParts(toKey, true, (uploadId) => this.#copyParts(from, source, toKey, uploadId));
    }
    const copied = await this.require(toKey);
    if (copied.sizeBytes !== from.sizeBytes) {
      throw new AppError('UNAVAILABLE', `The store made an incomplete copy of ${from.key}.`);
    }
  }

  /** "Precondition failed" means here that the source is not what it was. */
  async #copying<T>(from: S3Stat, use: (s3: S3) => Promise<T>): Promise<T> {
    try {
      return await this.#connection.run(from.key, use);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'CONFLICT')) throw error;
      throw new AppError('UNAVAILABLE', {
        message: `${from.key} changed while it was copied.`,
        cause: error,
      });
    }
  }

  async #copyParts(from: S3Stat, source: string, toKey: string, uploadId: string): Promise<string[]> {
    const tags: string[] = [];
    const partBytes = Math.min(COPY_PART_BYTES, this.#copyBytes);
    for (let first = 0; first < from.sizeBytes; first += partBytes) {
      const last = Math.min(first + partBytes, from.sizeBytes) - 1;
      const answer = await this.#copying(from, ({ lib, client, bucket }) =>
        client.send(
          new lib.UploadPartCopyCommand({
            Bucket: bucket,
            Key: toKey,
            UploadId: uploadId,
            PartNumber: tags.length + 1,
            CopySource: source,
            CopySourceIfMatch: from.etag,
            CopySourceRange: `bytes=${first}-${last}`,
          }),
        ),
      );
      tags.push(answer.CopyPartResult!.ETag!);
    }
    return tags;
  }

  async delete(key: string): Promise<void> {
    await this.#connection.run(key, ({ lib, client, bucket }) =>
      client.send(new lib.DeleteObjectCommand({ Bucket: bucket, Key: key })),
    );
  }
}
