import { formatBytes, formatCount } from '#src/components/format.ts';
import type { Tone } from '#src/components/ui/status.tsx';
import type { CustodyService } from '#src/server/domain/custody/custody.service.ts';

export type Verification = Awaited<ReturnType<CustodyService['verifications']>>[number];

const filesWords = (count: number) => `${formatCount(count)} ${count === 1 ? 'file' : 'files'}`;

/** What a re-reading of the store found, or how far it is: "1,812 files, 12.4 GB, all as they left their source". */
export function verificationWords(row: Verification): { tone: Tone; sentence: string } {
  const { filesChecked, filesTotal, bytesChecked, faults, finishedAt } = row;
  if (finishedAt === null) {
    const so = `${formatCount(filesChecked)} of ${filesWords(filesTotal)} read`;
    return faults.length === 0
      ? { tone: 'running', sentence: so }
      : { tone: 'failed', sentence: `${so}, ${formatCount(faults.length)} wrong so far` };
  }
  if (filesChecked === 0) return { tone: 'muted', sentence: 'there was no file to read' };
  const read = `${filesWords(filesChecked)}, ${formatBytes(bytesChecked)}`;
  if (faults.length === 0) return { tone: 'ok', sentence: `${read}, all as they left their source` };
  return { tone: 'failed', sentence: `${read} read, ${formatCount(faults.length)} wrong` };
}
