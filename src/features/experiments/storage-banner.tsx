'use client';
import { useQuery } from '@tanstack/react-query';
import { Status } from '#src/components/ui/status.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { storageNews } from './storage-words.ts';

const ASK_EVERY_MS = 60_000;

/** One line below the head when the hot storage of the facility fills. */
export function StorageBanner({ experimentId }: { experimentId: string }) {
  const trpc = useTRPC();
  const level = useQuery(
    trpc.licences.storageOfExperiment.queryOptions({ experimentId }, { refetchInterval: ASK_EVERY_MS }),
  );
  const news = level.data && storageNews(level.data);
  if (!news) return null;
  return (
    <div
      role="status"
      className="mx-3 mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border bg-surface px-3 py-1.5 text-sm sm:mx-4"
    >
      <Status tone={news.tone}>{news.word}</Status>
      <span className="text-ink-soft">{news.sentence}</span>
    </div>
  );
}
