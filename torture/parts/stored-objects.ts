import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3Settings } from '#src/server/storage/s3-connection.ts';

/** The objects of a store as they lie there, read past the product. */
export interface StoredObjects {
  /** Keys of the objects below a place: "EXP26-AAAAA". */
  below(place: string): Promise<string[]>;
  /** A folder in which these objects lie as files under their keys; those that are gone are not there. */
  asFiles(keys: readonly string[]): Promise<string>;
  /** What the store keeps of uploads that are neither completed nor aborted, by whatever it calls them. */
  unfinished(): Promise<string[]>;
}

/** Where both drivers keep what they note of uploads. */
const UPLOADS = '.uploads';

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
    unfinished: async () => readdirSync(path.join(storeDir, UPLOADS)),
  };
}

/** A bucket: its objects are fetched into a new folder in `folder`, each time anew. */
export function objectsOfBucket(s3: S3Settings, folder: string): StoredObjects {
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey },
  });
  const Bucket = s3.bucket;
  const isGone = (error: unknown) => error instanceof Error && error.name === 'NoSuchKey';
  const below = async (place: string) => {
    const keys: string[] = [];
    for (let ContinuationToken: string | undefined; ; ) {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket, Prefix: `${place}/`, ContinuationToken }),
      );
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
      if (!page.IsTruncated) return keys;
      ContinuationToken = page.NextContinuationToken;
    }
  };
  return {
    below,
    async unfinished() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return [...Uploads.map(({ Key, UploadId }) => `${Key} ${UploadId}`), ...(await below(UPLOADS))];
    },
    async asFiles(keys) {
      mkdirSync(folder, { recursive: true });
      // Cases beside each other are judged at the same time.
      const own = mkdtempSync(path.join(folder, 'objects-'));
      for (const Key of keys) {
        const file = path.join(own, Key);
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
          mkdirSync(path.dirname(file), { recursive: true });
          writeFileSync(file, await Body!.transformToByteArray());
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      }
      return own;
    },
  };
}
