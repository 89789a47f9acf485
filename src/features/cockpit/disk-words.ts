import { diskContents } from '#src/shared/model/needed-disks.ts';

const MOST = 3;

/** The disk by what lies on it: "disk: buffer, state folder", of more than three the first two; `title` names them all. */
export function diskWords(disk: Parameters<typeof diskContents>[0]): { text: string; title: string } {
  const contents = diskContents(disk);
  const title = `Disk with ${contents.join(', ')}`;
  if (contents.length <= MOST) return { text: `disk: ${contents.join(', ')}`, title };
  const named = contents.slice(0, MOST - 1);
  return { text: `disk: ${named.join(', ')} and ${contents.length - named.length} more`, title };
}
