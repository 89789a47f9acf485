import { formatBytes, formatShare } from '#src/components/format.ts';
import type { StorageLevel } from '#src/shared/model/storage-level.ts';

/** What the hot storage of the facility means for those who work in an experiment; null while there is room. */
export function storageNews(
  level: StorageLevel,
): { tone: 'warn' | 'failed'; word: string; sentence: string } | null {
  const { hotBytes, quotaBytes, warning, isFull } = level;
  if (warning === null || quotaBytes === null) return null;
  const used = `${formatBytes(hotBytes)} of the facility’s ${formatBytes(quotaBytes)} are used (${formatShare(hotBytes / quotaBytes)}).`;
  if (isFull) {
    return {
      tone: 'failed',
      word: 'Storage full',
      sentence: `${used} Data of the instrument are stored; no job can be started by hand, and results of jobs are not stored. An admin of the facility can make room.`,
    };
  }
  return {
    tone: 'warn',
    word: warning === 100 ? 'Storage over its quota' : 'Storage fills',
    sentence: `${used} Data of the instrument are stored in any case; soon results of jobs will not be.`,
  };
}
