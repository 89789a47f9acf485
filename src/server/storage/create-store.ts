import type { ServerConfig } from '../config/schema.ts';
import { createFsStore } from './fs-store.ts';
import { probeS3, reportLines, unusable } from './s3-capabilities.ts';
import { S3Connection } from './s3-connection.ts';
import { PrefixKeys, type ReadRole } from './s3-prefix-keys.ts';
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
  | 's3ReadRole'
  | 's3StsUrl'
  | 's3ReadHours'
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
    readRole: config.s3ReadRole
      ? {
          arn: config.s3ReadRole,
          stsUrl: config.s3StsUrl || config.s3Endpoint,
          hours: config.s3ReadHours,
        }
      : null,
    dataUrl: config.dataUrl,
    webUrl: config.webUrl,
    secret: config.secret,
  };
}

/** Nothing else of the store depends on it, so that it only says so when the service does not answer. */
async function keysLine(connection: S3Connection, role: ReadRole): Promise<string> {
  try {
    const fault = await new PrefixKeys(connection, role).fault();
    return fault ?? `keys for rclone: each reads one experiment for ${role.hours} h`;
  } catch {
    return `No keys for rclone: ${role.stsUrl} does not answer as it should.`;
  }
}

/** What the store can do, one line each, tried out; and why it cannot be used at all. Throws UNAVAILABLE when it cannot be reached. */
export async function reportOfStore(config: StoreConfig): Promise<{ lines: string[]; fault: string | null }> {
  if (!isS3(config)) return { lines: [], fault: null };
  const { s3, direct, webUrl, mountDir, readRole } = s3Options(config);
  const connection = new S3Connection(s3);
  const can = await probeS3(connection, webUrl);
  const jobs = mountDir === null ? 'no jobs: BEAMDECK_S3_MOUNT_DIR is not set' : `jobs read ${mountDir}`;
  const keys = readRole
    ? await keysLine(connection, readRole)
    : 'no keys for rclone: BEAMDECK_S3_READ_ROLE is not set';
  return { lines: [...reportLines(can, direct, webUrl), jobs, keys], fault: unusable(can) };
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
