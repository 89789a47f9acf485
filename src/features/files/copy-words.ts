import { formatCount } from '#src/components/format.ts';

/** How far a copy goes. `filesNow`: of the experiment at this moment; null: not known. */
export function copyWords(
  { files, failedFiles, isWhole }: { files: number; failedFiles: number; isWhole: boolean },
  filesNow: number | null,
): { tone: 'ok' | 'warn' | 'muted'; words: string } {
  const some = (count: number) => `${formatCount(count)} ${count === 1 ? 'file' : 'files'}`;
  if (failedFiles > 0) return { tone: 'warn', words: `${some(failedFiles)} could not be brought` };
  if (!isWhole) return { tone: 'muted', words: 'a part was asked for, and is there' };
  if (filesNow !== null && filesNow > files)
    return { tone: 'warn', words: `whole then; ${some(filesNow - files)} came since` };
  return { tone: 'ok', words: 'all of it is there' };
}
