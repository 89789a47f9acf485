import { beforeAll, describe } from 'vitest';
import { NO_RGW, RGW_READ_ROLE } from '#scripts/lib/throwaway-rgw.ts';
import { sharedBucket } from '../../testing/shared-bucket.ts';
import { testS3Store } from '../../testing/test-s3-store.ts';
import { objectStoreContract } from './object-store.contract.ts';
import type { S3Settings } from './s3-connection.ts';

/** S3's smallest part. */
const PART = 5 * 1024 * 1024;

describe.skipIf(NO_RGW !== null)(`s3 store on Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let bucket: S3Settings;
  beforeAll(async () => {
    bucket = await sharedBucket();
  });

  objectStoreContract('s3, all through the data server', async () => {
    const readRole = { arn: RGW_READ_ROLE, stsUrl: bucket.endpoint, hours: 1 };
    const test = await testS3Store(bucket, { readRole });
    return { store: test.store, partBytes: PART, close: test.close };
  });
});
