import { readFile } from 'node:fs/promises';
import type { PathBytes } from './path-bytes.ts';

const TABLE = '/proc/self/mountinfo';

/** Blanks, tabs, line ends and backslashes are written as three octal digits. */
const unescaped = (text: string) =>
  text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/**
 * What is mounted below a folder, from lines such as "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw": number of the
 * mount, of its parent, device, root, mount point, options (proc_pid_mountinfo(5)).
 * @param root absolute, without links. Returns paths below it, by what tells this mount from any other.
 */
export function mountsIn(table: string, root: PathBytes): Map<string, PathBytes> {
  const inside = root.endsWith('/') ? root : `${root}/`;
  const mounts = new Map<string, PathBytes>();
  for (const line of table.split('\n')) {
    const [id, , device, , point] = line.split(' ');
    if (point === undefined) continue;
    const where = unescaped(point);
    if (where.startsWith(inside) && where.length > inside.length)
      mounts.set(`${id} ${device} ${where}`, where.slice(inside.length));
  }
  return mounts;
}

/** Empty where the system has no such table. */
export async function mountsBelow(root: PathBytes): Promise<Map<string, PathBytes>> {
  // Names of files are bytes.
  const table = await readFile(TABLE, 'latin1').catch(() => '');
  return mountsIn(table, root);
}
