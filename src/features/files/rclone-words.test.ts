import { expect, it } from 'vitest';
import { rcloneCommand, rcloneConf } from './rclone-words.ts';

const key = {
  ...{ endpoint: 'https://s3.example.org', region: 'us-east-1', bucket: 'beamdeck', prefix: 'DEM26-A' },
  ...{ accessKey: 'ACCESS', secretKey: 'se/cr+et=', sessionToken: 'to/k+en==', filesElsewhere: 0 },
  expiresAt: new Date('2026-11-23T02:00:00Z'),
};

it('writes the settings of one remote, called as the experiment', () => {
  expect(rcloneConf('DEM26-A', key)).toBe(`[DEM26-A]
type = s3
provider = Other
endpoint = https://s3.example.org
region = us-east-1
access_key_id = ACCESS
secret_access_key = se/cr+et=
session_token = to/k+en==
no_check_bucket = true
`);
});

it('writes the command for a selection, or for everything', () => {
  const begin =
    'rclone copy DEM26-A:beamdeck/DEM26-A/ ./DEM26-A --config DEM26-A-rclone.conf --use-server-modtime -P';
  expect(rcloneCommand('DEM26-A', key, [])).toBe(begin);
  expect(
    rcloneCommand('DEM26-A', key, [
      { kind: 'folder', path: "raw/o'neill" },
      { kind: 'dataset', path: 'raw/run_1' },
    ]),
  ).toBe(`${begin} --include '/raw/o'\\''neill/**' --include '/raw/run_1{_,.}*'`);
  expect(rcloneCommand('DEM26-A', key, [{ kind: 'file', path: 'work/a[1].txt' }])).toBe(begin);
});
