import { execFileSync } from 'node:child_process';
import type { S3Settings } from '#src/server/storage/s3-connection.ts';

/** Says so when it is not. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(`${program} is not installed: its rows are left out\n`);
    return false;
  }
}

/** Environment in which rclone knows a bucket's server as "bench:". */
export function rcloneEnvironment(s3: S3Settings): NodeJS.ProcessEnv {
  // A bundle of certificates for other programs would make it refuse plain HTTP.
  const { AWS_CA_BUNDLE: _, ...env } = process.env;
  return {
    ...env,
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_BENCH_TYPE: 's3',
    RCLONE_CONFIG_BENCH_PROVIDER: 'Ceph',
    RCLONE_CONFIG_BENCH_ENDPOINT: s3.endpoint,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: s3.accessKey,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: s3.secretKey,
  };
}

/** Environment in which `aws s3` speaks to a bucket's server. */
export function awsEnvironment(s3: S3Settings): NodeJS.ProcessEnv {
  const { AWS_CA_BUNDLE: _, ...env } = process.env;
  return {
    ...env,
    AWS_ACCESS_KEY_ID: s3.accessKey,
    AWS_SECRET_ACCESS_KEY: s3.secretKey,
    AWS_DEFAULT_REGION: s3.region,
  };
}
