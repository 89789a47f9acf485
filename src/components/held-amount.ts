import type { HeldData } from '#src/shared/contracts/agent-control.ts';
import { formatBytes, formatCount } from './format.ts';

export interface HeldAmount {
  files: number;
  bytes: number;
  /** Of the oldest. */
  since: Date;
}

const filesWord = (files: number) => `${formatCount(files)} ${files === 1 ? 'file' : 'files'}`;

/** "3 files (12 MB)". */
export const amountWords = ({ files, bytes }: { files: number; bytes: number }): string =>
  `${filesWord(files)} (${formatBytes(bytes)})`;

/** Everything that is held, and since when the oldest of it is. */
export function heldTotal(held: readonly HeldData[]): HeldAmount | null {
  const [first, ...more] = held.filter(({ files }) => files > 0);
  if (!first) return null;
  const total = { files: first.files, bytes: first.bytes, since: Date.parse(first.since) };
  for (const { files, bytes, since } of more) {
    total.files += files;
    total.bytes += bytes;
    total.since = Math.min(total.since, Date.parse(since));
  }
  return { ...total, since: new Date(total.since) };
}
