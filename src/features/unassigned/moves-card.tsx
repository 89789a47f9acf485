'use client';
import { useMutation } from '@tanstack/react-query';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { Status, type Tone } from '#src/components/ui/status.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { TrayMove } from './tray-row.ts';

const STATE_WORDS: Readonly<Record<TrayMove['state'], { tone: Tone; word: string }>> = {
  moving: { tone: 'running', word: 'bytes on their way' },
  done: { tone: 'ok', word: 'done' },
  failed: { tone: 'failed', word: 'bytes not moved' },
};

/** What was given to experiments lately. Data belong to their experiment at once; their bytes follow in the store. */
export function MovesCard({ moves, refresh }: { moves: readonly TrayMove[]; refresh: () => void }) {
  const trpc = useTRPC();
  const retry = useMutation(
    trpc.datasets.retryMove.mutationOptions({
      onError: (error) => toast.failed(error),
      onSettled: refresh,
    }),
  );
  if (moves.length === 0) return null;
  return (
    <Card aria-label="Given lately">
      <CardHeader title="Given lately" />
      <ul className="divide-y">
        {moves.map((move) => {
          const words = STATE_WORDS[move.state];
          return (
            <li key={move.id} className="grid gap-0.5 px-3 py-2 text-xs">
              <div className="flex flex-wrap items-baseline gap-x-3">
                <span className="wrap-anywhere font-mono">
                  {move.fromPath} → {move.toExperimentCode}/{move.toPath}
                </span>
                <Status tone={words.tone} className="ml-auto text-xs">
                  {words.word}
                </Status>
              </div>
              <div className="flex flex-wrap items-baseline gap-x-3 text-ink-soft">
                <span className="min-w-0">{move.reason}</span>
                <span className="ml-auto text-ink-faint">
                  <RelativeTime at={move.createdAt} />
                  {move.createdByName && ` by ${move.createdByName}`}
                </span>
              </div>
              {move.state === 'failed' && (
                <div className="flex flex-wrap items-center gap-x-3">
                  <span className="min-w-0 text-failed">{move.failure}</span>
                  <Button
                    size="sm"
                    className="ml-auto"
                    busy={retry.isPending}
                    onClick={() => retry.mutate({ reassignmentId: move.id })}
                  >
                    Try again
                  </Button>
                </div>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
