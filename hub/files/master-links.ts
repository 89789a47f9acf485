import { type PathBytes, pathBytesOfText, splitPath } from './path-bytes.ts';

/** "lyso/run_1" of "lyso/run_1_master.h5". */
export function stemOf(path: PathBytes): PathBytes {
  return path.replace(/(_master)?\.[A-Za-z0-9]+$/i, '');
}

/** Where a link of a master leads, below the watched folder; null when it leads out of it. */
export function pathOfLink(master: PathBytes, link: string): PathBytes | null {
  if (link.startsWith('/')) return null;
  const segments: string[] = splitPath(master)
    .parent.split('/')
    .filter((one) => one !== '');
  for (const segment of pathBytesOfText(link).split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return null;
  }
  return segments.join('/');
}
