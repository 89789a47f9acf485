import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { S3Settings } from '#src/server/storage/s3-connection.ts';

/** The objects of a store as they lie there, read past the product. */
export interface StoredObjects {
  /** Keys of the objects below a place: "EXP26-AAAAA". */
  below(place: string): Promise<string[]>;
  /** A folder in which these objects lie as files under their keys; those that are gone are not there. */
  asFiles(keys: readonly string[]): Promise<string>;
}

/** The `fs` store: its objects are files. */
export function objectsOfFolder(storeDir: string): StoredObjects {
  return {
    async below(place) {
      try {
        return readdirSync(path.join(storeDir, place), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => path.relative(storeDir, path.join(entry.parentPath, entry.name)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    },
    asFiles: async () => storeDir,
  };
}

/** A bucket: its objects are fetched into `folder`, each time anew. */
export function objectsOfBucket(s3: S3Settings, folder: string): StoredObjects {
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey },
  });
  const Bucket = s3.bucket;
  const isGone = (error: unknown) => error instanceof Error && error.name === 'NoSuchKey';
  return {
    async below(place) {
      const keys: string[] = [];
      for (let ContinuationToken: string | undefined; ; ) {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket, Prefix: `${place}/`, ContinuationToken }),
        );
        keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
        if (!page.IsTruncated) return keys;
        ContinuationToken = page.NextContinuationToken;
      }
    },
    async asFiles(keys) {
      rmSync(folder, { recursive: true, force: true });
      for (const Key of keys) {
        const file = path.join(folder, Key);
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
          mkdirSync(path.dirname(file), { recursive: true });
          writeFileSync(file, await Body!.transformToByteArray());
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      }
      return folder;
    },
  };
}
