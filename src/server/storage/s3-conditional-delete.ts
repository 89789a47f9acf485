import type { S3Connection } from './s3-connection.ts';
import { codeOf } from './s3-errors.ts';
import type { S3Stat } from './s3-objects.ts';

/** Of Ceph RGW: an object that was stored in a later second stays. Wants a time in UTC as "2026-11-22T05:42:13". */
const UNMODIFIED_SINCE = 'x-amz-delete-if-unmodified-since';

/**
 * Removes an object if it is still the one that was looked at: a request that was held up on its way must not meet what came after. Amazon's
 * S3 heeds `If-Match` of a removal, Ceph RGW 16.2 its own header. Nothing happens when it is another one or gone.
 */
export async function deleteIfStill(
  connection: S3Connection,
  { key, etag, storedAt }: S3Stat,
): Promise<void> {
  await connection.run(key, async ({ lib, client, bucket }) => {
    const command = new lib.DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag });
    command.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers[UNMODIFIED_SINCE] = storedAt.toISOString().slice(0, 19);
        return next(args);
      },
      { step: 'build', name: 'unmodifiedSince' },
    );
    try {
      await client.send(command);
    } catch (error) {
      if (!['PreconditionFailed', 'NoSuchKey'].includes(codeOf(error))) throw error;
    }
  });
}
