import type { S3Connection } from './s3-connection.ts';
import { abortMultipart, NOTES, removeNotes, uploadIdOf } from './s3-uploads.ts';
import { isWholeRef } from './s3-whole-uploads.ts';

interface OpenUpload {
  key: string;
  uploadId: string;
  begunAt: Date;
}

/** All uploads in parts the bucket has open, whoever began them. */
async function openUploads(connection: S3Connection): Promise<OpenUpload[]> {
  return connection.run('its uploads', async ({ lib, client, bucket }) => {
    const found: OpenUpload[] = [];
    let from: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | null = {};
    while (from) {
      const page: import('@aws-sdk/client-s3').ListMultipartUploadsCommandOutput = await client.send(
        new lib.ListMultipartUploadsCommand({ Bucket: bucket, ...from }),
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (Key && UploadId && Initiated) found.push({ key: Key, uploadId: UploadId, begunAt: Initiated });
      }
      from = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        : null;
    }
    return found;
  });
}

/** References that have notes, each with the time of its newest one. */
async function notedRefs(connection: S3Connection): Promise<Map<string, Date>> {
  return connection.run('its uploads', async ({ lib, client, bucket }) => {
    const newest = new Map<string, Date>();
    const pages = lib.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: NOTES });
    for await (const { Contents = [] } of pages) {
      for (const { Key, LastModified } of Contents) {
        const ref = Key!.slice(NOTES.length).split('/')[0]!;
        const at = LastModified ?? new Date();
        if (!newest.has(ref) || newest.get(ref)! < at) newest.set(ref, at);
      }
    }
    return newest;
  });
}

/**
 * Removes uploads begun before `before` that are not among the known ones, and notes of uploads that are neither known nor open; of uploads of
 * one part, what came after their end too. A bucket
 * belongs to one installation alone (docs/operations.md): another's uploads could not be told from forgotten ones.
 */
export async function sweepS3Uploads(
  connection: S3Connection,
  { before, known }: { before: Date; known: ReadonlySet<string> },
): Promise<number> {
  const knownIds = new Set([...known].map(uploadIdOf));
  // In this order: what is opened between the two questions has no old notes.
  const noted = await notedRefs(connection);
  const open = await openUploads(connection);
  const forgotten = open.filter(({ uploadId, begunAt }) => begunAt < before && !knownIds.has(uploadId));
  for (const upload of forgotten) await abortMultipart(connection, upload);
  const left = new Set(open.filter((upload) => !forgotten.includes(upload)).map(({ uploadId }) => uploadId));
  let swept = forgotten.length;
  for (const [ref, at] of noted) {
    if (at >= before || known.has(ref)) continue;
    const isWhole = isWholeRef(ref);
    const uploadId = uploadIdOf(ref);
    if (!isWhole && (uploadId === null || left.has(uploadId))) continue;
    await removeNotes(connection, ref);
    if (isWhole) swept++;
  }
  return swept;
}
