import { type DataFolder, ensureSecret, type Ports } from './data-folder.ts';

/** Variables that mean something to Node, npm or Next and must not leak from somebody's shell into the product's processes. */
const LEFT_OUT =
  /^(npm_|NODE_OPTIONS$|NODE_ENV$|NODE_CHANNEL_FD$|PORT$|HOSTNAME$|BEAMDECK_|DATABASE_URL|AUTH_|NEXTAUTH_)/;

/** Settings a person may still give to `up` by the environment. */
const KEPT =
  /^BEAMDECK_(LOG_LEVEL|DB_POOL|WORKER_CONCURRENCY|STORE|S3_ENDPOINT|S3_PUBLIC_URL|S3_REGION|S3_BUCKET|S3_ACCESS_KEY|S3_SECRET_KEY|S3_DIRECT|S3_MOUNT_DIR|OIDC2?_[A-Z_]+)$/;

export function ownEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!LEFT_OUT.test(name) || KEPT.test(name)) own[name] = value;
  }
  return { ...own, NODE_ENV: 'production' };
}

export interface Addresses {
  web: string;
  data: string;
  simulator: string;
  replay: string;
}

const LOOPBACK = '127.0.0.1';

export const addressesOf = (webPort: number, ports: Ports, replayPort: number): Addresses => ({
  web: `http://${LOOPBACK}:${webPort}`,
  data: `http://${LOOPBACK}:${ports.data}`,
  simulator: `tcp://${LOOPBACK}:${ports.simulator}`,
  replay: `tcp://${LOOPBACK}:${replayPort}`,
});

/** The configuration of all processes `up` starts, as variables. */
export async function processEnvironment(
  folder: DataFolder,
  databaseUrl: string,
  webPort: number,
  ports: Ports,
  addresses: Addresses,
): Promise<NodeJS.ProcessEnv> {
  return {
    ...ownEnvironment(process.env),
    DATABASE_URL: databaseUrl,
    BEAMDECK_WEB_URL: addresses.web,
    BEAMDECK_HOST: LOOPBACK,
    BEAMDECK_PORT: String(webPort),
    BEAMDECK_DATA_URL: addresses.data,
    BEAMDECK_DATA_HOST: LOOPBACK,
    BEAMDECK_DATA_PORT: String(ports.data),
    // A bucket in place of the folder, where somebody gives one.
    ...(process.env.BEAMDECK_STORE === 's3'
      ? {}
      : { BEAMDECK_STORE: 'fs', BEAMDECK_STORE_DIR: folder.store }),
    BEAMDECK_RUNS_DIR: folder.runs,
    BEAMDECK_SECRET: await ensureSecret(folder),
    BEAMDECK_DEMO: '1',
  };
}
