import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_RGW, RGW_READ_ROLE } from '#scripts/lib/throwaway-rgw.ts';
import { sharedBucket } from '../../testing/shared-bucket.ts';
import { S3Connection, type S3Settings } from './s3-connection.ts';
import { S3Objects } from './s3-objects.ts';
import { PrefixKeys, type ReadRole } from './s3-prefix-keys.ts';

const MINUTE_MS = 60_000;

describe.skipIf(NO_RGW !== null)(`keys for a prefix, by Ceph RGW${NO_RGW ? ` (${NO_RGW})` : ''}`, () => {
  let bucket: S3Settings;
  let connection: S3Connection;
  /** Makes keys as a service does that does not look at the policy it is given: each is good for all that the role may do. */
  let careless: Server;
  beforeAll(async () => {
    bucket = await sharedBucket();
    connection = new S3Connection(bucket);
    careless = createServer(async (_request, answer) => {
      const { STSClient, AssumeRoleCommand } = await import('@aws-sdk/client-sts');
      const client = new STSClient({
        ...{ endpoint: bucket.endpoint, region: bucket.region },
        credentials: { accessKeyId: bucket.accessKey, secretAccessKey: bucket.secretKey },
      });
      const asked = new AssumeRoleCommand({ RoleArn: RGW_READ_ROLE, RoleSessionName: 'careless' });
      const { Credentials: made } = await client.send(asked);
      answer.setHeader('Content-Type', 'text/xml');
      answer.end(
        `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${made!.AccessKeyId}</AccessKeyId><SecretAccessKey>${made!.SecretAccessKey}</SecretAccessKey><SessionToken>${made!.SessionToken}</SessionToken><Expiration>${made!.Expiration!.toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
      );
    });
    await new Promise<void>((resolve) => careless.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => careless.close(resolve));
  });

  const keys = (role: Partial<ReadRole> = {}) =>
    new PrefixKeys(connection, { arn: RGW_READ_ROLE, stsUrl: bucket.endpoint, hours: 1, ...role });
  const left = async () => {
    const { Contents } = await connection.run('probes', ({ lib, client, bucket: Bucket }) =>
      client.send(new lib.ListObjectsV2Command({ Bucket, Prefix: '_system/probe/' })),
    );
    return (Contents ?? []).map(({ Key }) => Key);
  };

  it('are found to be given, tried out on objects that are removed again', async () => {
    expect(await keys().fault()).toBeNull();
    expect(await left()).toEqual([]);
  });

  it('end when they are said to end, and are another each time', async () => {
    const lender = keys();
    const before = Date.now();
    const [one, two] = [
      await lender.lend('EXP26-AAAAA', 'somebody'),
      await lender.lend('EXP26-AAAAA', 'somebody'),
    ];
    expect(one.accessKey).not.toBe(two.accessKey);
    expect(one.accessKey).not.toBe(bucket.accessKey);
    const lastsMs = one.expiresAt.getTime() - before;
    expect(lastsMs).toBeGreaterThan(58 * MINUTE_MS);
    expect(lastsMs).toBeLessThan(62 * MINUTE_MS);
    // What is signed with the key alone, as if it were one of a user, counts for nothing.
    const bare = new S3Objects(new S3Connection({ ...bucket, ...one }));
    await connection.run('x', async () =>
      new S3Objects(connection).put('EXP26-AAAAA/raw/x', Buffer.from('x'), false),
    );
    await expect(bare.bytes('EXP26-AAAAA/raw/x', { offset: 0, length: 1 })).rejects.toThrow(
      /refuses the key/,
    );
  });

  it('are not given where the role is not there, or makes none of that length', async () => {
    expect(await keys({ arn: 'arn:aws:iam:::role/nobody' }).fault()).toContain(
      'makes none of arn:aws:iam:::role/nobody',
    );
    const long = keys({ hours: 12 });
    expect(await long.fault()).toContain('good for 12 h');
    await expect(long.lend('EXP26-AAAAA', 'somebody')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('are not given by a service that makes keys for more than their prefix', async () => {
    const { port } = careless.address() as AddressInfo;
    const wide = keys({ stsUrl: `http://127.0.0.1:${port}` });
    expect(await wide.fault()).toContain('would read other experiments');
    await expect(wide.lend('EXP26-AAAAA', 'somebody')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await left()).toEqual([]);
  });

  it('are asked for again where nobody answered', async () => {
    const away = createServer();
    await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve));
    const { port } = away.address() as AddressInfo;
    await new Promise((resolve) => away.close(resolve));
    const lender = keys({ stsUrl: `http://127.0.0.1:${port}` });
    await expect(lender.fault()).rejects.toThrow();
    await expect(lender.lend('EXP26-AAAAA', 'somebody')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('are for plain prefixes alone: nothing in one means more in a policy', async () => {
    const lender = keys();
    for (const prefix of ['*', 'EXP?', `EXP","s3:*`, 'EXP$x', '../x', '']) {
      await expect(lender.lend(prefix, 'somebody')).rejects.toMatchObject({ code: 'BAD_INPUT' });
    }
  });
});
