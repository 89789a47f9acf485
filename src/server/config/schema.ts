import { z } from 'zod';
import { MAIL_VARIABLES, type MailConfig, mailFaults } from './mail-variables.ts';
import { OIDC_VARIABLES, type OidcConfig, oidcFaults } from './oidc-variables.ts';
import {
  absoluteFolder,
  addressList,
  databaseUrl,
  directWays,
  hostName,
  isLoopbackHost,
  LOG_LEVELS,
  type LogLevel,
  origin,
  wholeNumber,
} from './variable-types.ts';

/** Everything the server side can be told from outside. Read once per process by `config()`; plain data, safe to pass on. */
export interface ServerConfig extends MailConfig, OidcConfig {
  /** PostgreSQL, `postgres://user:password@host:port/database`. */
  databaseUrl: string;
  /** Public origin of the web app, without a slash at the end. */
  webUrl: string;
  host: string;
  port: number;
  /** Addresses and networks (`10.0.0.0/8`) of the proxies before the web app; only these are believed about whom they serve. */
  trustedProxies: readonly string[];
  /** Public origin of the data server, without a slash at the end. */
  dataUrl: string;
  dataHost: string;
  dataPort: number;
  store: 'fs' | 's3';
  /** Root of the `fs` store, absolute; empty with `s3`. */
  storeDir: string;
  /** Of the `s3` store, each empty with `fs`: origin as the servers reach it, and as agents and browsers do (empty: the same). */
  s3Endpoint: string;
  s3PublicUrl: string;
  s3Region: string;
  s3Bucket: string;
  s3AccessKey: string;
  s3SecretKey: string;
  /** What may go between store and agents or browsers without the data server. */
  s3Direct: readonly ('reads' | 'parts')[];
  /** Absolute folder where the bucket is mounted for jobs; empty when it is not. */
  s3MountDir: string;
  /** ARN of the role that keys for rclone are made of, empty: none; origin of STS, empty: that of the store; how long such a key is good. */
  s3ReadRole: string;
  s3StsUrl: string;
  s3ReadHours: number;
  /** Where job runs keep their folders, absolute. */
  runsDir: string;
  /** So much of the log of a job is kept whole, in MiB. */
  jobLogMib: number;
  /** At least 32 characters; signing keys are derived from it by HKDF, one per purpose. */
  secret: string;
  /** Demo accounts may sign in without set-up. Only ever true on loopback. */
  demo: boolean;
  logLevel: LogLevel;
  /** Most PostgreSQL connections of one process. */
  dbPool: number;
  /** Tasks one worker process runs at a time. */
  workerConcurrency: number;
  /** Networks behind the public internet (`10.20.0.0/16`) and addresses of this machine that webhooks may be posted to. */
  webhookNetworks: readonly string[];
  /** Version of the product, from package.json. */
  version: string;
}

export { isLoopbackHost, LOG_LEVELS, type LogLevel } from './variable-types.ts';

export interface Variable {
  name: string;
  key: Exclude<keyof ServerConfig, 'version'>;
  type: z.ZodType;
  /** Used when the variable is unset or empty; without one the variable must be set. */
  fallback?: string;
  /** A secret may also be given as NAME_FILE, the path of a file that holds it. */
  secret?: true;
  /** Shown in `.env.example` when there is no fallback. */
  example?: string;
  /** The driver of the store it belongs to: with another one it is empty unless it is set. */
  onlyFor?: ServerConfig['store'];
  about: string;
}

/** The one list of variables: parsing, its faults and `.env.example` all come from here. */
export const VARIABLES: readonly Variable[] = [
  {
    name: 'DATABASE_URL',
    key: 'databaseUrl',
    type: databaseUrl,
    secret: true,
    example: 'postgres://beamdeck:password@127.0.0.1:5432/beamdeck',
    about: 'PostgreSQL 16 or newer.',
  },
  {
    name: 'BEAMDECK_WEB_URL',
    key: 'webUrl',
    type: origin,
    fallback: 'http://127.0.0.1:3000',
    about: 'Public origin of the web app, as people type it.',
  },
  {
    name: 'BEAMDECK_HOST',
    key: 'host',
    type: hostName,
    fallback: '127.0.0.1',
    about: 'Address the web app listens on.',
  },
  { name: 'BEAMDECK_PORT', key: 'port', type: wholeNumber(1, 65535), fallback: '3000', about: 'Its port.' },
  {
    name: 'BEAMDECK_TRUSTED_PROXIES',
    key: 'trustedProxies',
    type: addressList,
    fallback: '',
    about:
      'Addresses or networks of the reverse proxies before the web app, with commas between: X-Forwarded-For is believed from these alone.',
  },
  {
    name: 'BEAMDECK_DATA_URL',
    key: 'dataUrl',
    type: origin,
    fallback: 'http://127.0.0.1:3001',
    about: 'Public origin of the data server, as browsers and agents reach it.',
  },
  {
    name: 'BEAMDECK_DATA_HOST',
    key: 'dataHost',
    type: hostName,
    fallback: '127.0.0.1',
    about: 'Address the data server listens on.',
  },
  {
    name: 'BEAMDECK_DATA_PORT',
    key: 'dataPort',
    type: wholeNumber(1, 65535),
    fallback: '3001',
    about: 'Its port.',
  },
  {
    name: 'BEAMDECK_STORE',
    key: 'store',
    type: z.enum(['fs', 's3'], { error: "must be 'fs' or 's3'" }),
    fallback: 'fs',
    about:
      'Driver of the object store: fs (plain files in one tree per experiment), or s3 (a bucket, such as Ceph RGW gives).',
  },
  {
    name: 'BEAMDECK_STORE_DIR',
    key: 'storeDir',
    type: absoluteFolder,
    onlyFor: 'fs',
    example: '/srv/beamdeck/store',
    about: 'Root of the fs store.',
  },
  {
    name: 'BEAMDECK_S3_ENDPOINT',
    key: 's3Endpoint',
    type: origin,
    onlyFor: 's3',
    example: 'https://s3.example.org',
    about: 'Of the s3 store: its origin as the servers reach it.',
  },
  {
    name: 'BEAMDECK_S3_PUBLIC_URL',
    key: 's3PublicUrl',
    type: z.union([z.literal(''), origin]),
    fallback: '',
    about: 'Its origin as agents and browsers reach it; empty when it is the same.',
  },
  {
    name: 'BEAMDECK_S3_REGION',
    key: 's3Region',
    type: z.string().regex(/^[A-Za-z0-9-]+$/, 'must be the name of a region'),
    fallback: 'us-east-1',
    about: 'Its region; most stores but Amazon take any.',
  },
  {
    name: 'BEAMDECK_S3_BUCKET',
    key: 's3Bucket',
    type: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
    onlyFor: 's3',
    example: 'beamdeck',
    about:
      'The bucket, which belongs to this installation alone: what no upload of it knows is removed after a week.',
  },
  {
    name: 'BEAMDECK_S3_ACCESS_KEY',
    key: 's3AccessKey',
    type: z.string(),
    onlyFor: 's3',
    secret: true,
    about: 'Access key of the bucket.',
  },
  {
    name: 'BEAMDECK_S3_SECRET_KEY',
    key: 's3SecretKey',
    type: z.string(),
    onlyFor: 's3',
    secret: true,
    about: 'Its secret.',
  },
  {
    name: 'BEAMDECK_S3_DIRECT',
    key: 's3Direct',
    type: directWays,
    fallback: '',
    about:
      'What may go straight between the s3 store and others, with commas between: reads (browsers; the bucket needs a CORS rule), parts (agents). Empty: all goes through the data server.',
  },
  {
    name: 'BEAMDECK_S3_MOUNT_DIR',
    key: 's3MountDir',
    type: z.union([z.literal(''), absoluteFolder]),
    fallback: '',
    about:
      'Folder where the bucket is mounted on this machine (rclone mount), which jobs on this machine read. Empty: none, and no jobs.',
  },
  {
    name: 'BEAMDECK_S3_READ_ROLE',
    key: 's3ReadRole',
    type: z
      .string()
      .regex(/^(arn:[^\s"]+)?$/, 'must be the ARN of a role, such as arn:aws:iam:::role/beamdeck-read'),
    fallback: '',
    about:
      'Role (ARN) that the access key may assume and that may read the bucket: of it people get keys for rclone that read one experiment for a while. Empty: no such keys.',
  },
  {
    name: 'BEAMDECK_S3_STS_URL',
    key: 's3StsUrl',
    type: z.union([z.literal(''), origin]),
    fallback: '',
    about:
      'Origin of the service that makes these keys (STS); empty when it is that of the store, as with Ceph.',
  },
  {
    name: 'BEAMDECK_S3_READ_HOURS',
    key: 's3ReadHours',
    type: wholeNumber(1, 12),
    fallback: '1',
    about: 'How long such a key is good, in hours; the role must allow sessions of that length.',
  },
  {
    name: 'BEAMDECK_RUNS_DIR',
    key: 'runsDir',
    type: absoluteFolder,
    example: '/srv/beamdeck/runs',
    about: 'Where job runs keep their folders; may be emptied when no job runs.',
  },
  {
    name: 'BEAMDECK_JOB_LOG_MIB',
    key: 'jobLogMib',
    type: wholeNumber(1, 16_384),
    fallback: '2048',
    about:
      'So much of what a job prints is kept whole, in MiB, in its run folder and then in the database; beyond it, the last words.',
  },
  {
    name: 'BEAMDECK_SECRET',
    key: 'secret',
    type: z.string().min(32, 'must have at least 32 characters (make one with: openssl rand -base64 48)'),
    secret: true,
    example: '',
    about:
      'At least 32 random characters, the same for every process. Changing it ends all sessions and signed addresses, and agents need new licences.',
  },
  {
    name: 'BEAMDECK_DEMO',
    key: 'demo',
    type: z.enum(['0', '1'], { error: 'must be 0 or 1' }).transform((value) => value === '1'),
    fallback: '0',
    about: '1 = a demo with known accounts; refused unless everything listens on loopback.',
  },
  {
    name: 'BEAMDECK_LOG_LEVEL',
    key: 'logLevel',
    type: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }),
    fallback: 'info',
    about: `One of ${LOG_LEVELS.join(', ')}.`,
  },
  {
    name: 'BEAMDECK_DB_POOL',
    key: 'dbPool',
    type: wholeNumber(1, 200),
    fallback: '10',
    about: 'Most PostgreSQL connections of one process.',
  },
  {
    name: 'BEAMDECK_WORKER_CONCURRENCY',
    key: 'workerConcurrency',
    type: wholeNumber(1, 100),
    fallback: '4',
    about: 'Tasks one worker process runs at a time.',
  },
  {
    name: 'BEAMDECK_WEBHOOK_NETWORKS',
    key: 'webhookNetworks',
    type: addressList,
    fallback: '',
    about:
      'Networks of the facility that alarms may be posted to by webhooks, with commas between, such as 10.20.0.0/16. Empty: the public internet alone.',
  },
  ...MAIL_VARIABLES,
  ...OIDC_VARIABLES,
];

/** Rules between variables, checked once each of them is sound. Returns faults that name the variable. */
export function crossFaults(config: Omit<ServerConfig, 'version'>): string[] {
  const faults: string[] = [...mailFaults(config), ...oidcFaults(config)];
  if (config.demo) {
    const places: [string, string][] = [
      ['BEAMDECK_HOST', config.host],
      ['BEAMDECK_DATA_HOST', config.dataHost],
      ['BEAMDECK_WEB_URL', new URL(config.webUrl).hostname],
      ['BEAMDECK_DATA_URL', new URL(config.dataUrl).hostname],
    ];
    for (const [name, host] of places) {
      if (!isLoopbackHost(host)) {
        faults.push(
          `BEAMDECK_DEMO must be 0 unless ${name} is on loopback: demo accounts have known passwords`,
        );
      }
    }
  }
  return faults;
}
