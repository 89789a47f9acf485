'use client';
import { useMemo, useState } from 'react';
import { formatCount } from '#src/components/format.ts';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPCClient } from '#src/features/shell/index.ts';
import type { TakenName } from '#src/server/domain/ingest/person-uploads.ts';
import { NAMES_AT_ONCE } from '#src/shared/model/browser-upload.ts';
import { type ChosenFile, MOST_CHOSEN, nameFault } from './chosen-files.ts';
import type { OnClash } from './file-upload.ts';
import { enqueue } from './upload-queue.ts';
import { uploadTools } from './upload-tools.ts';

/** What was chosen, and what of it has a name that is taken: waits for an answer. */
export interface Clash {
  files: readonly ChosenFile[];
  taken: ReadonlyMap<string, TakenName>;
}

export type ClashAnswer = 'number' | 'version' | 'skip';

/** With each file what happens to it: those of free names go, the others as answered. Where a version is not possible both are kept. */
export function answered(
  { files, taken }: Clash,
  answer: ClashAnswer,
): (ChosenFile & { onClash: OnClash })[] {
  return files.flatMap((file): (ChosenFile & { onClash: OnClash })[] => {
    const name = taken.get(file.path);
    if (!name) return [{ ...file, onClash: 'refuse' }];
    if (answer === 'skip') return [];
    const isVersion = answer === 'version' && name.by === 'file' && name.mayRewrite;
    return [{ ...file, onClash: isVersion ? 'version' : 'number' }];
  });
}

/** Puts files into the experiment: asks about taken names, then sends. */
export function usePutFiles(experimentId: string) {
  const client = useTRPCClient();
  const tools = useMemo(
    () =>
      uploadTools({
        open: (input) => client.uploads.open.mutate(input),
        sign: (input) => client.uploads.sign.mutate(input),
        complete: (input) => client.uploads.complete.mutate(input),
        cancel: (input) => client.uploads.cancel.mutate(input),
      }),
    [client],
  );
  const [clash, setClash] = useState<Clash | null>(null);
  const [isChecking, setChecking] = useState(false);

  async function put(chosen: readonly ChosenFile[]): Promise<void> {
    if (chosen.length > MOST_CHOSEN) {
      toast.failed(
        `These are more than ${formatCount(MOST_CHOSEN)} files. Let SYNC bring them, or choose fewer at once.`,
      );
      return;
    }
    const faulty = chosen.map(({ path }) => nameFault(path)).filter((fault) => fault !== null);
    if (faulty.length > 0) {
      const more = faulty.length > 1 ? ` (and ${formatCount(faulty.length - 1)} more)` : '';
      toast.failed(`${faulty[0]}${more} Nothing was sent: rename it and choose again.`);
      return;
    }
    if (chosen.length === 0) return;
    setChecking(true);
    try {
      const taken = new Map<string, TakenName>();
      for (let at = 0; at < chosen.length; at += NAMES_AT_ONCE) {
        const paths = chosen.slice(at, at + NAMES_AT_ONCE).map(({ path }) => path);
        const answer = await client.uploads.check.mutate({ experimentId, paths });
        for (const one of answer.taken) taken.set(one.path, one);
      }
      if (taken.size > 0) setClash({ files: chosen, taken });
      else enqueue(experimentId, answered({ files: chosen, taken }, 'skip'), tools);
    } catch (error) {
      toast.failed(error);
    } finally {
      setChecking(false);
    }
  }

  const answer = (how: ClashAnswer | null) => {
    if (clash && how) enqueue(experimentId, answered(clash, how), tools);
    setClash(null);
  };
  return { put, clash, answer, isChecking };
}
