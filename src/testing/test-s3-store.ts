import { createDataServer } from '../../data-server/data-server.ts';
import { createLogger } from '../server/observability/logger.ts';
import { S3Connection, type S3Settings } from '../server/storage/s3-connection.ts';
import { createS3Store, type S3StoreOptions } from '../server/storage/s3-store.ts';
import type { ServedStore } from '../server/storage/served-store.port.ts';
import { freePort, TEST_SECRET } from './test-store.ts';

export interface TestS3Store {
  store: ServedStore;
  webUrl: string;
  dataUrl: string;
  close(): Promise<void>;
}

/** The store on a bucket behind a real data server. */
export async function testS3Store(
  s3: S3Settings,
  options: Partial<Omit<S3StoreOptions, 's3'>> = {},
): Promise<TestS3Store> {
  const webUrl = 'http://127.0.0.1:3000';
  const port = await freePort();
  const dataUrl = `http://127.0.0.1:${port}`;
  const store = createS3Store({
    ...{ s3, direct: [], mountDir: null, readRole: null, dataUrl, webUrl, secret: TEST_SECRET },
    ...options,
  });
  const log = createLogger('test', 'silent');
  const server = createDataServer({ store, webOrigin: webUrl, version: 'test', log });
  await server.listen(port, '127.0.0.1');
  return { store, webUrl, dataUrl, close: () => server.stop(0) };
}

/** The CORS rule that docs/operations.md tells the keeper of a bucket to set. */
export async function allowPages(settings: S3Settings, webUrl: string): Promise<void> {
  await new S3Connection(settings).run('its bucket', ({ lib, client, bucket }) =>
    client.send(
      new lib.PutBucketCorsCommand({
        Bucket: bucket,
        CORSConfiguration: {
          CORSRules: [
            {
              AllowedMethods: ['GET', 'HEAD'],
              AllowedOrigins: [webUrl],
              AllowedHeaders: ['*'],
              ExposeHeaders: ['Content-Range', 'Accept-Ranges', 'Content-Length', 'ETag'],
            },
          ],
        },
      }),
    ),
  );
}
