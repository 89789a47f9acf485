import type { ListPartsCommandOutput } from '@aws-sdk/client-s3';
import { AppError } from '#src/shared/errors/app-error.ts';
import type { PartReceipt } from './object-store.port.ts';
import type { S3Connection } from './s3-connection.ts';
import { codeOf } from './s3-errors.ts';

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
/** S3 removes this many at a time. */
const DELETE_AT_ONCE = 1000;

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

const notesOf = (uploadRef: string) => `${NOTES}${uploadRef}/`;

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

/** Names of all objects that begin with `prefix`, without it. */
async function namesUnder(connection: S3Connection, prefix: string): Promise<string[]> {
  return connection.run('its uploads', async ({ lib, client, bucket }) => {
    const names: string[] = [];
    const pages = lib.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix });
    for await (const { Contents = [] } of pages) {
      for (const { Key } of Contents) names.push(Key!.slice(prefix.length));
    }
    return names;
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

/** The stored parts in order, with what is known of them; null when the upload is not open. */
export async function listStoredParts(connection: S3Connection, upload: S3Upload): Promise<S3Part[] | null> {
  const [stored, notes] = await Promise.all([
    storedParts(connection, upload),
    namesUnder(connection, notesOf(upload.uploadRef)),
  ]);
  if (!stored) return null;
  const known = new Map<string, string>();
  for (const note of notes) {
    const [, partNumber, sizeBytes, crc32c, md5] = NOTE.exec(note) ?? [];
    if (md5 !== undefined) known.set(`${partNumber}-${sizeBytes}-${md5}`, crc32c!);
  }
  return stored
    .map((part) => ({
      ...part,
      crc32c: known.get(`${part.partNumber}-${part.sizeBytes}-${part.etag}`) ?? null,
    }))
    .sort((a, b) => a.partNumber - b.partNumber);
}

export const provedReceipts = (parts: readonly S3Part[]): PartReceipt[] =>
  parts.flatMap(({ partNumber, sizeBytes, crc32c }) =>
    crc32c === null ? [] : [{ partNumber, sizeBytes, crc32c }],
  );

/** Removes the notes of an upload that is completed or aborted. */
export async function removeNotes(connection: S3Connection, uploadRef: string): Promise<void> {
  const prefix = notesOf(uploadRef);
  const names = await namesUnder(connection, prefix);
  for (let from = 0; from < names.length; from += DELETE_AT_ONCE) {
    const Objects = names.slice(from, from + DELETE_AT_ONCE).map((name) => ({ Key: `${prefix}${name}` }));
    await connection.run('its uploads', ({ lib, client, bucket }) =>
      client.send(new lib.DeleteObjectsCommand({ Bucket: bucket, Delete: { Quiet: true, Objects } })),
    );
  }
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
