import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { S3Settings } from '#src/server/storage/s3-connection.ts';
import { unwatch, watch } from './watchdog.ts';

/**
 * A whole Ceph of one monitor, one OSD and one gateway (RGW) on loopback, in a temporary folder, for tests: the S3 a facility has, in its
 * small. From nothing to a bucket takes about 20 s and 300 MB of disk.
 */

const PROGRAMS = ['ceph-mon', 'ceph-osd', 'ceph-authtool', 'monmaptool', 'ceph', 'radosgw', 'radosgw-admin'];
const folders = (process.env.PATH ?? '').split(':');
const missing = PROGRAMS.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));

/** Why there is no Ceph here, for the names of skipped tests; null when there is. */
export const NO_RGW: string | null =
  missing.length === 0
    ? null
    : `${missing.join(', ')} not installed: apt-get install ceph-mon ceph-osd ceph-common radosgw`;

export interface ThrowawayRgw {
  settings: S3Settings;
  /** Another bucket of the same key. */
  newBucket(): Promise<S3Settings>;
  /** Ends the gateway as a crash does; `start` brings it back on the same port. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Pauses (SIGSTOP) and resumes the gateway: it holds connections and says nothing. */
  freeze(): void;
  thaw(): void;
  /** `radosgw-admin ARGS`. */
  admin(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

const USER = { id: 'beamdeck', accessKey: 'BEAMDECKTESTKEY', secretKey: 'the secret of the tests' };
/** A role that the user may assume and that may read every bucket, for sessions of an hour. */
export const RGW_READ_ROLE = 'arn:aws:iam:::role/beamdeck-read';
const UP_MS = 60_000;

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function configuration(folder: string, ports: readonly number[], fsid: string): string {
  const [monV2, monV1, osdFirst, rgw] = ports;
  return `[global]
fsid = ${fsid}
mon host = v2:127.0.0.1:${monV2},v1:127.0.0.1:${monV1}
mon initial members = a
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind port min = ${osdFirst}
ms bind port max = ${osdFirst! + 100}
ms mon client mode = crc
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
osd crush chooseleaf type = 0
osd objectstore = bluestore
bluestore block size = 8589934592
osd memory target = 939524096
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
log file = ${folder}/log/$name.log
pid file = ${folder}/run/$name.pid
keyring = ${folder}/keyring
[mon]
mon data = ${folder}/mon
[mon.a]
host = ${hostname()}
mon addr = 127.0.0.1
[osd]
osd data = ${folder}/osd
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:${rgw}
rgw data = ${folder}/rgw
rgw s3 auth use sts = true
rgw sts key = sixteen letters!
`;
}

/**
 * Starts it, with one bucket. Throws with the last lines of a daemon's output when it does not come up.
 * @param gatewayEnvironment variables of the gateway alone, beside those of this process
 */
export async function startRgw(
  gatewayEnvironment: Readonly<Record<string, string>> = {},
): Promise<ThrowawayRgw> {
  const folder = await mkdtemp(join(tmpdir(), 'beamdeck-rgw-'));
  const daemons: ChildProcess[] = [];
  const conf = join(folder, 'ceph.conf');
  const run = async (program: string, ...args: string[]) => {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd: folder,
      timeout: UP_MS,
      env: { ...process.env, CEPH_CONF: conf },
    });
    return stdout;
  };
  const daemon = (
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): ChildProcess => {
    const output = openSync(join(folder, 'log', `${program}.out`), 'a');
    const child = spawn(program, ['-c', conf, ...args, '-f'], {
      cwd: folder,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', output, output],
    });
    watch({ pid: child.pid!, signal: 'SIGTERM', graceMs: 500 });
    daemons.push(child);
    return child;
  };
  const end = async (child: ChildProcess) => {
    unwatch(child.pid!);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  const close = async () => {
    for (const child of daemons.toReversed()) await end(child);
    await rm(folder, { recursive: true, force: true });
  };

  const ports = await freePorts(4);
  const endpoint = `http://127.0.0.1:${ports[3]}`;
  let gateway: ChildProcess;
  const start = async () => {
    gateway = daemon('radosgw', ['-n', 'client.admin'], gatewayEnvironment);
    for (const until = Date.now() + UP_MS; ; await sleep(100)) {
      if (
        await fetch(endpoint).then(
          (answer) => answer.ok,
          () => false,
        )
      )
        return;
      if (gateway.exitCode !== null || Date.now() > until) {
        throw new Error(`Ceph's gateway did not come up: see ${folder}/log`);
      }
    }
  };
  let buckets = 0;
  const newBucket = async (): Promise<S3Settings> => {
    const bucket = `beamdeck-${++buckets}`;
    const { accessKey, secretKey } = USER;
    const settings = { endpoint, publicUrl: endpoint, region: 'us-east-1', bucket, accessKey, secretKey };
    const { S3Client, CreateBucketCommand } = await import('@aws-sdk/client-s3');
    const client = new S3Client({
      endpoint,
      region: settings.region,
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    return settings;
  };

  try {
    for (const name of ['mon', 'osd', 'rgw', 'run', 'log']) await mkdir(join(folder, name));
    const fsid = randomUUID();
    await writeFile(conf, configuration(folder, ports, fsid));
    await run(
      'ceph-authtool',
      '--create-keyring',
      'keyring',
      '--gen-key',
      '-n',
      'mon.',
      '--cap',
      'mon',
      'allow *',
    );
    const all = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *'];
    await run('ceph-authtool', 'keyring', '--gen-key', '-n', 'client.admin', ...all);
    const monitor = `[v2:127.0.0.1:${ports[0]},v1:127.0.0.1:${ports[1]}]`;
    await run('monmaptool', '--create', '--addv', 'a', monitor, '--fsid', fsid, 'monmap');
    await run('ceph-mon', '-c', conf, '--mkfs', '-i', 'a', '--monmap', 'monmap', '--keyring', 'keyring');
    daemon('ceph-mon', ['-i', 'a']);
    const osdId = randomUUID();
    await run('ceph', 'osd', 'new', osdId);
    // The disk of a machine that runs tests may be fuller than an OSD likes.
    await run('ceph', 'osd', 'set-full-ratio', '0.99');
    await run('ceph', 'osd', 'set-backfillfull-ratio', '0.98');
    await run('ceph', 'osd', 'set-nearfull-ratio', '0.97');
    await run('ceph-osd', '-c', conf, '-i', '0', '--mkfs', '--osd-uuid', osdId);
    daemon('ceph-osd', ['-i', '0']);
    await start();
    const keys = ['--access-key', USER.accessKey, '--secret', USER.secretKey];
    await run('radosgw-admin', 'user', 'create', '--uid', USER.id, '--display-name', USER.id, ...keys);
    // As docs/operations.md tells it.
    const document = (statement: Record<string, unknown>) =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
    const mayAssume = document({
      Principal: { AWS: [`arn:aws:iam:::user/${USER.id}`] },
      Action: ['sts:AssumeRole'],
    });
    const mayRead = document({
      Action: ['s3:GetObject', 's3:ListBucket'],
      Resource: ['arn:aws:s3:::*'],
    });
    const role = ['--role-name', 'beamdeck-read'];
    await run('radosgw-admin', 'role', 'create', ...role, '--assume-role-policy-doc', mayAssume);
    await run(
      'radosgw-admin',
      'role-policy',
      'put',
      ...role,
      '--policy-name',
      'read',
      '--policy-doc',
      mayRead,
    );
    return {
      settings: await newBucket(),
      newBucket,
      kill: () => end(gateway),
      start,
      freeze: () => void gateway.kill('SIGSTOP'),
      thaw: () => void gateway.kill('SIGCONT'),
      admin: (...args) => run('radosgw-admin', ...args),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
