import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Settings } from '#src/server/storage/s3-connection.ts';
import { unwatch, watch } from './watchdog.ts';

const folders = (process.env.PATH ?? '').split(':');
const has = (name: string) => folders.some((folder) => existsSync(join(folder, name)));

/** Why no bucket can be mounted here, for the names of skipped tests; null when one can. */
export const NO_MOUNT: string | null = !existsSync('/dev/fuse')
  ? 'there is no /dev/fuse'
  : has('rclone') && has('fusermount3')
    ? null
    : 'apt-get install rclone fuse3';

/** As docs/operations.md gives them: a new object is seen after half a second at the latest, and a replaced one with its own size. */
export const MOUNT_FLAGS: readonly string[] = [
  '--read-only',
  '--allow-other',
  '--dir-cache-time=500ms',
  '--attr-timeout=500ms',
  '--poll-interval=0',
  '--use-server-modtime',
  '--vfs-cache-mode=off',
  '--vfs-read-chunk-size=4M',
];

const UP_MS = 30_000;

/** Mounts a bucket in a temporary folder, for tests. Throws with what rclone said when it does not come up. */
export async function mountBucket(s3: S3Settings): Promise<{ dir: string; close(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'beamdeck-rclone-'));
  const dir = await mkdtemp(join(tmpdir(), 'beamdeck-mount-'));
  const conf = join(home, 'rclone.conf');
  const log = join(home, 'log');
  await writeFile(
    conf,
    `[store]\ntype = s3\nprovider = Ceph\nendpoint = ${s3.endpoint}\naccess_key_id = ${s3.accessKey}\nsecret_access_key = ${s3.secretKey}\n`,
    { mode: 0o600 },
  );
  const { AWS_CA_BUNDLE: _, ...env } = process.env;
  const args = ['mount', `store:${s3.bucket}`, dir, '--config', conf, '--log-file', log, ...MOUNT_FLAGS];
  const child = spawn('rclone', args, { env, detached: true, stdio: 'ignore' });
  watch({ pid: child.pid!, signal: 'SIGTERM', graceMs: 2000 });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const close = async () => {
    unwatch(child.pid!);
    child.kill('SIGTERM');
    await exited;
    await rm(home, { recursive: true, force: true });
    // Never recursively: should the bucket still be mounted, its objects would go.
    await rmdir(dir);
  };
  const isMounted = async () => (await readFile('/proc/mounts', 'utf8')).includes(` ${dir} fuse`);
  for (const until = Date.now() + UP_MS; !(await isMounted()); await sleep(50)) {
    if (child.exitCode === null && Date.now() < until) continue;
    const said = await readFile(log, 'utf8').catch(() => '');
    await close();
    throw new Error(`rclone could not mount the bucket: ${said.trim().slice(-500)}`);
  }
  return { dir, close };
}
