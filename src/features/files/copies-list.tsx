'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { formatBytes, formatCount } from '#src/components/format.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { copyWords } from './copy-words.ts';

/** Who has brought the experiment home, and whether all of it; nothing for those who do not see its people. */
export function CopiesList({ experimentId }: { experimentId: string }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const copies = useQuery(trpc.files.copies.queryOptions({ experimentId }, { retry: false }));
  const totals = useQuery(trpc.files.folderTotals.queryOptions({ experimentId, path: '' }));
  useLive([`experiment:${experimentId}`], ({ kind }) => {
    if (kind === 'experiment.changed')
      void queries.invalidateQueries(trpc.files.copies.queryFilter({ experimentId }));
  });
  if (!copies.data || copies.data.length === 0) return null;
  return (
    <section aria-label="Copies at home" className="grid gap-1.5">
      <h3 className="font-semibold text-sm">Copied home, verified</h3>
      <ul className="divide-y rounded-md border text-xs">
        {copies.data.map((copy) => {
          const { tone, words } = copyWords(copy, totals.data?.files ?? null);
          return (
            <li key={`${copy.personName} ${copy.place}`} className="grid gap-0.5 px-2 py-1.5">
              <span className="flex min-w-0 flex-wrap items-baseline gap-x-2">
                <span className="font-medium">{copy.personName}</span>
                <span className="wrap-anywhere font-mono text-ink-soft">{copy.place}</span>
                <span className="ml-auto text-ink-faint">
                  <RelativeTime at={copy.verifiedAt} />
                </span>
              </span>
              <span className="flex flex-wrap items-baseline gap-x-2">
                <Status tone={tone}>{words}</Status>
                <span className="text-ink-faint">
                  {formatCount(copy.files)} {copy.files === 1 ? 'file' : 'files'},{' '}
                  {formatBytes(copy.sizeBytes)}
                </span>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
