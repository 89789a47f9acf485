import { randomBytes } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { AppError } from '#src/shared/errors/app-error.ts';
import { assertStoreKey } from '#src/shared/model/store-path.ts';
import type { PrefixKey } from './object-store.port.ts';
import type { S3Connection } from './s3-connection.ts';
import { codeOf } from './s3-errors.ts';
import { S3Objects } from './s3-objects.ts';

/** The role that keys for people are made of. */
export interface ReadRole {
  arn: string;
  /** Origin of the service that makes them (STS), without a slash at the end. */
  stsUrl: string;
  /** How long a key is good. */
  hours: number;
}

const HOUR_S = 3600;
/** The shortest that the service makes. */
const SHORTEST_S = 900;
const ROLE_ADVICE = 'See "Keys for rclone" in docs/operations.md.';
/** What means something else in a policy: its wildcards and variables. */
const IN_POLICIES = /[*?$"\\]/;

/** Cut out of what the role may do: get and list below the prefix. */
const policyFor = (bucket: string, prefix: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${bucket}/${prefix}/*`] },
      {
        ...{ Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [`arn:aws:s3:::${bucket}`] },
        Condition: { StringLike: { 's3:prefix': [`${prefix}/*`] } },
      },
    ],
  });

function refusalOf(error: unknown): number | null {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  const status = (metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode;
  return status !== undefined && status >= 400 && status < 500 ? status : null;
}

/** Whether the store does what a request asks; throws when it does not answer that. */
async function isDone(task: Promise<unknown>): Promise<boolean> {
  try {
    await task;
    return true;
  } catch (error) {
    if (refusalOf(error) !== null) return false;
    throw error;
  }
}

/** Keys by which people read one prefix with programs of their own: sessions of a role (STS AssumeRole), each with a policy that leaves nothing but that. */
export class PrefixKeys {
  readonly #connection: S3Connection;
  readonly #role: ReadRole;
  #fault: Promise<string | null> | undefined;

  constructor(connection: S3Connection, role: ReadRole) {
    this.#connection = connection;
    this.#role = role;
  }

  async #assume(prefix: string, holder: string, seconds: number): Promise<PrefixKey> {
    assertStoreKey(`${prefix}/x`);
    if (IN_POLICIES.test(prefix))
      throw new AppError('BAD_INPUT', `${prefix} means something else in a policy.`);
    const { STSClient, AssumeRoleCommand } = await import('@aws-sdk/client-sts');
    const { publicUrl, region, bucket, accessKey, secretKey } = this.#connection.settings;
    const { arn, stsUrl } = this.#role;
    const client = new STSClient({
      ...{ endpoint: stsUrl, region, maxAttempts: 3 },
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      requestHandler: { connectionTimeout: 5000, socketTimeout: 10_000 },
    });
    try {
      const { Credentials: made } = await client.send(
        new AssumeRoleCommand({
          ...{ RoleArn: arn, RoleSessionName: holder, DurationSeconds: seconds },
          Policy: policyFor(bucket, prefix),
        }),
      );
      if (!made?.AccessKeyId || !made.SecretAccessKey || !made.SessionToken || !made.Expiration)
        throw new AppError('UNAVAILABLE', 'The store answered without a key.');
      return {
        ...{ endpoint: publicUrl, region, bucket, prefix },
        ...{ accessKey: made.AccessKeyId, secretKey: made.SecretAccessKey, sessionToken: made.SessionToken },
        expiresAt: made.Expiration,
      };
    } finally {
      client.destroy();
    }
  }

  /** What keeps keys from being given, as a sentence for who sets the store up; null when they are. Throws when the store cannot be reached. */
  async fault(): Promise<string | null> {
    this.#fault ??= this.#probe();
    try {
      return await this.#fault;
    } catch (error) {
      this.#fault = undefined;
      throw error;
    }
  }

  async lend(prefix: string, holder: string): Promise<PrefixKey> {
    try {
      const fault = await this.fault();
      if (fault !== null) throw new AppError('UNAVAILABLE', fault);
      return await this.#assume(prefix, holder, this.#role.hours * HOUR_S);
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError('UNAVAILABLE', {
        message: `The store makes no key (${codeOf(error) || 'no answer'}).`,
        cause: error,
      });
    }
  }

  /** Tried out with two small objects that are removed again: whether a key reads what it is for, and nothing else. */
  async #probe(): Promise<string | null> {
    const objects = new S3Objects(this.#connection);
    const base = `_system/probe/${randomBytes(8).toString('hex')}`;
    const inside = `${base}/x`;
    // Its name begins as the prefix does, but for the slash.
    const outside = `${base}x/x`;
    const written = `${base}/written`;
    const hours = this.#role.hours;
    let key: PrefixKey;
    try {
      // By the longest it is asked for, for a role may not allow that.
      key = await this.#assume(base, 'probe', Math.max(SHORTEST_S, hours * HOUR_S));
    } catch (error) {
      const status = refusalOf(error);
      if (status === null) throw error;
      return `No keys for rclone: the store makes none of ${this.#role.arn} that are good for ${hours} h (status ${status}). It needs its service for them (STS), a role that the access key may assume, and sessions of that length. ${ROLE_ADVICE}`;
    }
    const bytes = new TextEncoder().encode('probe');
    await objects.put(inside, bytes, false);
    await objects.put(outside, bytes, false);
    try {
      return await this.#connection.run('a key for rclone', ({ lib, bucket }) => {
        const client = this.#clientOf(lib.S3Client, key);
        return this.#judge(client, lib, { bucket, base, inside, outside, written }).finally(() =>
          client.destroy(),
        );
      });
    } finally {
      for (const name of [inside, outside, written]) await objects.delete(name).catch(() => undefined);
    }
  }

  #clientOf(Client: typeof S3Client, { accessKey, secretKey, sessionToken }: PrefixKey): S3Client {
    const { endpoint, region } = this.#connection.settings;
    return new Client({
      ...{ endpoint, region, forcePathStyle: true, maxAttempts: 2 },
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey, sessionToken },
      requestHandler: { connectionTimeout: 5000, socketTimeout: 10_000 },
    });
  }

  async #judge(
    client: S3Client,
    lib: typeof import('@aws-sdk/client-s3'),
    names: { bucket: string; base: string; inside: string; outside: string; written: string },
  ): Promise<string | null> {
    const { bucket: Bucket, base, inside, outside, written } = names;
    const get = async (Key: string) => {
      const { Body } = await client.send(new lib.GetObjectCommand({ Bucket, Key }));
      await Body?.transformToByteArray();
    };
    const list = (Prefix: string) => client.send(new lib.ListObjectsV2Command({ Bucket, Prefix }));
    if (!(await isDone(get(inside))) || !(await isDone(list(`${base}/`)))) {
      return `No keys for rclone: a key of ${this.#role.arn} cannot read what it is for. The role must allow s3:GetObject and s3:ListBucket on the bucket. ${ROLE_ADVICE}`;
    }
    const beyond = [() => get(outside), () => list(`${base}x/`), () => list(base), () => list('')];
    for (const task of beyond) {
      if (await isDone(task()))
        return 'No keys for rclone: the store does not keep a key to its prefix, so that it would read other experiments.';
    }
    const writing = [
      () => client.send(new lib.PutObjectCommand({ Bucket, Key: written, Body: 'x' })),
      () => client.send(new lib.DeleteObjectCommand({ Bucket, Key: inside })),
    ];
    for (const task of writing) {
      if (await isDone(task()))
        return 'No keys for rclone: the store lets a key write that was made for reading.';
    }
    return null;
  }
}
