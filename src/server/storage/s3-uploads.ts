import type { ListPartsCommandOutput } from '@aws-sdk/client-s3';
import { AppError } from '#src/shared/errors/app-error.ts';
import type { PartReceipt } from './object-store.port.ts';
import type { S3Connection } from './s3-connection.ts';
import { codeOf } from './s3-errors.ts';
import { removeObjects } from './s3-leftovers.ts';

/**
 * Uploads in parts of the `s3` driver: S3's own multipart uploads, and beside them what S3 does not keep: the CRC32C of each part. That
 * stands in the names of empty objects, `.uploads/<upload>/<part>-<size>-<crc32c>-<md5>`: "bytes of this size and MD5 have this CRC32C".
 * S3 tells the MD5 of each stored part as its ETag, so a stored part is proved when there is such a note with its ETag and size. A part
 * that is sent again gets another ETag, and the older note then says nothing about it: notes need no order and are never changed.
 *
 * A reference is `<bytes per part, base 36>-<S3's upload id, base64url>`.
 */
export const NOTES = '.uploads/';
const REF = /^([0-9a-z]{1,8})-([A-Za-z0-9_-]{1,800})$/;
const NOTE = /^(\d{1,5})-(\d{1,12})-([0-9a-f]{8})-([0-9a-f]{32})$/;

export interface S3Upload {
  key: string;
  uploadRef: string;
  uploadId: string;
  partBytes: number;
}

export interface S3Part {
  partNumber: number;
  sizeBytes: number;
  /** Without quotes; the MD5 in lower-case hex. */
  etag: string;
  /** Null when nothing is known of its bytes but their MD5. */
  crc32c: string | null;
}

export const plainEtag = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '');

export const makeRef = (partBytes: number, uploadId: string): string =>
  `${partBytes.toString(36)}-${Buffer.from(uploadId).toString('base64url')}`;

/** S3's upload id in a reference; null when it is no reference of this driver. */
export function uploadIdOf(uploadRef: string): string | null {
  const encoded = REF.exec(uploadRef)?.[2];
  return encoded === undefined ? null : Buffer.from(encoded, 'base64url').toString();
}

/** Throws NOT_FOUND for anything that is no reference. */
export function parseRef(key: string, uploadRef: string): S3Upload {
  const uploadId = uploadIdOf(uploadRef);
  if (uploadId === null) throw new AppError('NOT_FOUND', 'There is no such upload.');
  return { key, uploadRef, uploadId, partBytes: Number.parseInt(uploadRef, 36) };
}

/** Prefix of all that is kept of an open upload beside S3's parts. */
export const notesOf = (uploadRef: string) => `${NOTES}${uploadRef}/`;

/** Notes that bytes of this size and MD5 (lower-case hex) have this CRC32C. */
export function notePart(
  connection: S3Connection,
  uploadRef: string,
  receipt: PartReceipt,
  md5: string,
): Promise<void> {
  const { partNumber, sizeBytes, crc32c } = receipt;
  const name = `${partNumber}-${sizeBytes}-${crc32c}-${md5}`;
  return connection.run('a part', async ({ lib, client, bucket }) => {
    await client.send(
      new lib.PutObjectCommand({
        Bucket: bucket,
        Key: `${notesOf(uploadRef)}${name}`,
        Body: new Uint8Array(0),
        ContentLength: 0,
      }),
    );
  });
}

export interface FoundObject {
  key: string;
  /** The key without the prefix. */
  name: string;
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  storedAt: Date;
}

/** All objects that begin with `prefix`. */
export async function objectsUnder(connection: S3Connection, prefix: string): Promise<FoundObject[]> {
  return connection.run('its uploads', async ({ lib, client, bucket }) => {
    const found: FoundObject[] = [];
    const pages = lib.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix });
    for await (const { Contents = [] } of pages) {
      for (const { Key, Size, ETag, LastModified } of Contents) {
        const name = Key!.slice(prefix.length);
        const storedAt = LastModified ?? new Date();
        found.push({ key: Key!, name, sizeBytes: Size ?? 0, etag: plainEtag(ETag), storedAt });
      }
    }
    return found;
  });
}

async function storedParts(
  connection: S3Connection,
  { key, uploadId }: S3Upload,
): Promise<Omit<S3Part, 'crc32c'>[] | null> {
  return connection.run(key, async ({ lib, client, bucket }) => {
    const parts: Omit<S3Part, 'crc32c'>[] = [];
    try {
      // Not the library's paginator: it goes on for ever, since Ceph RGW names a next page after the last one too.
      for (let from: string | undefined = '0'; from !== undefined; ) {
        const page: ListPartsCommandOutput = await client.send(
          new lib.ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId, PartNumberMarker: from }),
        );
        for (const { PartNumber, Size, ETag } of page.Parts ?? []) {
          parts.push({ partNumber: PartNumber!, sizeBytes: Size ?? 0, etag: plainEtag(ETag) });
        }
        from = page.IsTruncated ? page.NextPartNumberMarker : undefined;
      }
      return parts;
    } catch (error) {
      // Of an upload that was completed Ceph RGW says the latter.
      if (['NoSuchUpload', 'NoSuchKey'].includes(codeOf(error))) return null;
      throw error;
    }
  });
}

/** The stored parts in order, with what is known of them, and the keys of the notes; null when the upload is not open. */
export async function listStoredParts(
  connection: S3Connection,
  upload: S3Upload,
): Promise<{ parts: S3Part[]; noteKeys: string[] } | null> {
  const [stored, notes] = await Promise.all([
    storedParts(connection, upload),
    objectsUnder(connection, notesOf(upload.uploadRef)),
  ]);
  if (!stored) return null;
  const known = new Map<string, string>();
  for (const { name } of notes) {
    const [, partNumber, sizeBytes, crc32c, md5] = NOTE.exec(name) ?? [];
    if (md5 !== undefined) known.set(`${partNumber}-${sizeBytes}-${md5}`, crc32c!);
  }
  const parts = stored
    .map((part) => ({
      ...part,
      crc32c: known.get(`${part.partNumber}-${part.sizeBytes}-${part.etag}`) ?? null,
    }))
    .sort((a, b) => a.partNumber - b.partNumber);
  return { parts, noteKeys: notes.map(({ key }) => key) };
}

export const provedReceipts = (parts: readonly S3Part[]): PartReceipt[] =>
  parts.flatMap(({ partNumber, sizeBytes, crc32c }) =>
    crc32c === null ? [] : [{ partNumber, sizeBytes, crc32c }],
  );

/** Removes what is kept of an upload that is completed or aborted. */
export async function removeNotes(connection: S3Connection, uploadRef: string): Promise<void> {
  const notes = await objectsUnder(connection, notesOf(uploadRef));
  await removeObjects(
    connection,
    notes.map(({ key }) => key),
  );
}

/** Ends an upload with its parts; nothing happens when it is not open. */
export async function abortMultipart(
  connection: S3Connection,
  { key, uploadId }: Pick<S3Upload, 'key' | 'uploadId'>,
): Promise<void> {
  try {
    await connection.run(key, ({ lib, client, bucket }) =>
      client.send(new lib.AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId })),
    );
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'NOT_FOUND')) throw error;
  }
}
