import { afterAll, beforeAll, describe } from 'vitest';
import { NO_RGW, startRgw, type ThrowawayRgw } from '#scripts/lib/throwaway-rgw.ts';
import { testS3Store } from '../../testing/test-s3-store.ts';
import { objectStoreContract } from './object-store.contract.ts';

/** S3's smallest part. */
const PART = 5 * 1024 * 1024;

describe.skipIf(NO_RGW !== null)(`s3 store on Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let rgw: ThrowawayRgw;
  beforeAll(async () => {
    rgw = await startRgw();
  });
  afterAll(() => rgw.close());

  objectStoreContract('s3, all through the data server', async () => {
    const test = await testS3Store(rgw.settings);
    return { store: test.store, partBytes: PART, close: test.close };
  });
});
