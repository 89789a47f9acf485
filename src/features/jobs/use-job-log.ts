'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLive, useTRPCClient } from '#src/features/shell/index.ts';
import { readableLog } from './job-words.ts';

export interface ShownLog {
  text: string;
  lastSeq: number;
  /** The start is not shown: it is longer than the screen keeps. */
  isCut: boolean;
}

/** What the page keeps of a log; the end is what people look for. */
const KEEP_CHARACTERS = 1_000_000;

/** The end of a job's log, growing as it is written: only what is new travels. */
export function useJobLog(jobId: string, live: boolean) {
  const api = useTRPCClient();
  const queryClient = useQueryClient();
  const queryKey = ['job-log', jobId];
  const query = useQuery({
    queryKey,
    queryFn: async (): Promise<ShownLog> => {
      const before = queryClient.getQueryData<ShownLog>(queryKey);
      let text = before?.text ?? '';
      let lastSeq: number | null = before?.lastSeq ?? null;
      let isCut = before?.isCut ?? false;
      for (;;) {
        const page = await api.jobs.log.query({ jobId, afterSeq: lastSeq });
        if (lastSeq === null) isCut = (page.firstSeq ?? 1) > 1;
        text += page.chunks.map((chunk) => chunk.text).join('');
        lastSeq = page.lastSeq;
        if (!page.more) break;
      }
      if (text.length > KEEP_CHARACTERS) {
        const from = text.indexOf('\n', text.length - KEEP_CHARACTERS) + 1;
        text = text.slice(from);
        isCut = true;
      }
      return { text: readableLog(text), lastSeq, isCut };
    },
    staleTime: live ? 0 : Number.POSITIVE_INFINITY,
  });
  useLive([live && `job:${jobId}`], (event) => {
    if (event.kind === 'job.log' || event.kind === 'job.changed') {
      void queryClient.invalidateQueries({ queryKey });
    }
  });
  return query;
}
