'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ArrowLeftRight } from 'lucide-react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { moveWords } from './move-words.ts';

const SHOWN = 50;

/** What came to the experiment or left it after it was stored: the latest in a line, the others when it is opened. Nothing when nothing did. */
export function MovedData({ experimentId }: { experimentId: string }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const options = trpc.datasets.moves.queryOptions({ experimentId, limit: SHOWN });
  const { data: moves = [] } = useQuery(options);
  useLive([`experiment:${experimentId}`], ({ kind }) => {
    if (kind === 'experiment.changed') void queryClient.invalidateQueries({ queryKey: options.queryKey });
  });
  const [latest, ...earlier] = moves;
  if (latest === undefined) return null;
  const line = ({ at, told }: (typeof moves)[number]) => (
    <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-3">
      <span className="wrap-anywhere min-w-0">{moveWords(told)}</span>
      <RelativeTime at={at} className="ml-auto text-ink-faint" />
    </span>
  );
  return (
    <details className="border-t px-3 py-1.5 text-xs sm:px-4" aria-label="Moved data">
      <summary className="flex cursor-pointer items-baseline gap-2 text-ink-soft">
        <ArrowLeftRight aria-hidden className="size-3.5 shrink-0 self-center" />
        {line(latest)}
        {earlier.length > 0 && (
          <span className="shrink-0 text-ink-faint">
            and {earlier.length} {moves.length === SHOWN ? 'or more ' : ''}earlier
          </span>
        )}
      </summary>
      {earlier.length > 0 && (
        <ul className="grid max-h-40 gap-1 overflow-auto py-1 pl-5.5 text-ink-soft">
          {earlier.map((move) => (
            <li key={move.id} className="flex">
              {line(move)}
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}
