'use client';
import { useQuery } from '@tanstack/react-query';
import { exactBytes, formatBytes, formatCount } from '#src/components/format.ts';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { concernsFolder } from './file-kinds.ts';

const ASK_EVERY_MS = 5000;

/** How much lies in a folder and below it, live. */
export function FolderFacts({ experimentId, path }: { experimentId: string; path: string }) {
  const trpc = useTRPC();
  const options = trpc.files.folderTotals.queryOptions({ experimentId, path });
  const totals = useQuery(options);
  const askSoon = useAskSoon(options.queryKey, ASK_EVERY_MS);
  useLive([`experiment:${experimentId}`], ({ kind, data }) => {
    if (kind === 'file.committed' && typeof data.path === 'string' && concernsFolder(path, data.path))
      askSoon();
    if (kind === 'folder.changed') askSoon();
  });
  if (!totals.data) return null;
  const { files, sizeBytes } = totals.data;
  return (
    <span
      className="shrink-0 px-2 text-ink-faint text-xs tabular-nums max-sm:hidden"
      title={`In this folder and below: ${exactBytes(sizeBytes)}`}
    >
      {formatCount(files)} {files === 1 ? 'file' : 'files'} · {formatBytes(sizeBytes)}
    </span>
  );
}
