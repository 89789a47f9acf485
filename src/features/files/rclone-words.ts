import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import type { LentKey } from '#src/server/domain/files/lent-keys.ts';
import { patternsOf, quoted } from './picked.ts';

/** What rclone's file of settings has to hold: a remote under the experiment's code. */
export const rcloneConf = (code: string, key: LentKey): string =>
  [
    `[${code}]`,
    'type = s3',
    'provider = Other',
    `endpoint = ${key.endpoint}`,
    `region = ${key.region}`,
    `access_key_id = ${key.accessKey}`,
    `secret_access_key = ${key.secretKey}`,
    `session_token = ${key.sessionToken}`,
    'no_check_bucket = true',
    '',
  ].join('\n');

export const rcloneFile = (code: string): string => `${code}-rclone.conf`;

/** The command that copies a selection home; the whole experiment where a name means something else in a pattern, or nothing is chosen. */
export function rcloneCommand(
  code: string,
  { bucket, prefix }: Pick<LentKey, 'bucket' | 'prefix'>,
  entries: readonly Pick<FolderEntry, 'kind' | 'path'>[],
): string {
  const includes = patternsOf(entries)
    .map((pattern) => ` --include ${quoted(`/${pattern}`)}`)
    .join('');
  return `rclone copy ${code}:${bucket}/${prefix}/ ./${code} --config ${rcloneFile(code)} --use-server-modtime -P${includes}`;
}
