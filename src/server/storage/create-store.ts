import type { ServerConfig } from '../config/schema.ts';
import { createFsStore } from './fs-store.ts';
import { probeS3, reportLines, unusable } from './s3-capabilities.ts';
import { S3Connection } from './s3-connection.ts';
import { createS3Store } from './s3-store.ts';
import type { ServedStore } from './served-store.port.ts';

type FsConfig = { store: 'fs' } & Pick<ServerConfig, 'storeDir'>;
type S3Config = { store: 's3' } & Pick<
  ServerConfig,
  | 's3Endpoint'
  | 's3PublicUrl'
  | 's3Region'
  | 's3Bucket'
  | 's3AccessKey'
  | 's3SecretKey'
  | 's3Direct'
  | 's3MountDir'
  | 'webUrl'
>;
export type StoreConfig = (FsConfig | S3Config | ServerConfig) & Pick<ServerConfig, 'dataUrl' | 'secret'>;

/** Whether the settings are those of a bucket. */
export const isS3 = (config: StoreConfig): config is StoreConfig & S3Config => config.store === 's3';

/** The settings of the `s3` driver. */
export function s3Options(config: StoreConfig & S3Config): Parameters<typeof createS3Store>[0] {
  return {
    s3: {
      endpoint: config.s3Endpoint,
      publicUrl: config.s3PublicUrl || config.s3Endpoint,
      region: config.s3Region,
      bucket: config.s3Bucket,
      accessKey: config.s3AccessKey,
      secretKey: config.s3SecretKey,
    },
    direct: config.s3Direct,
    mountDir: config.s3MountDir || null,
    dataUrl: config.dataUrl,
    webUrl: config.webUrl,
    secret: config.secret,
  };
}

/** What the store can do, one line each, tried out; and why it cannot be used at all. Throws UNAVAILABLE when it cannot be reached. */
export async function reportOfStore(config: StoreConfig): Promise<{ lines: string[]; fault: string | null }> {
  if (!isS3(config)) return { lines: [], fault: null };
  const { s3, direct, webUrl, mountDir } = s3Options(config);
  const can = await probeS3(new S3Connection(s3), webUrl);
  const jobs = mountDir === null ? 'no jobs: BEAMDECK_S3_MOUNT_DIR is not set' : `jobs read ${mountDir}`;
  return { lines: [...reportLines(can, direct, webUrl), jobs], fault: unusable(can) };
}

/**
 * Chooses the store's driver: part of the composition root, in a file of its own because the data server needs the store
 * and nothing else, least of all a database.
 */
export function createStore(config: StoreConfig): ServedStore {
  if (isS3(config)) return createS3Store(s3Options(config));
  const { storeDir, dataUrl, secret } = config as StoreConfig & FsConfig;
  return createFsStore({ storeDir, dataUrl, secret });
}
