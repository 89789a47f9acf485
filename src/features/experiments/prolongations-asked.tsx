'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Hourglass } from 'lucide-react';
import { useState } from 'react';
import { Deadline, RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';
import { useProfile, useTRPC } from '#src/features/shell/index.ts';
import { ProlongForm } from './prolong-form.tsx';

/** For staff and admins: who waits for a longer processing window. Quiet while nobody does. */
export function ProlongationsAsked() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const profile = useProfile();
  const [deciding, setDeciding] = useState<string | null>(null);
  const decides = profile.isAdmin || profile.instruments.length > 0;
  const asked = useQuery(trpc.experiments.prolongationsAsked.queryOptions(undefined, { enabled: decides }));
  if (!asked.data?.length) return null;
  return (
    <section
      aria-label="Prolongations asked for"
      className="mx-3 mb-3 grid gap-1 rounded-md border bg-surface px-3 py-2 text-sm sm:mx-4"
    >
      {asked.data.map((row) => (
        <div key={row.prolongationId} className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Hourglass className="size-4 text-queued" aria-hidden />
          <span>
            <span className="font-mono font-semibold">{row.code}</span> at {row.instrument} asked{' '}
            <RelativeTime at={row.askedAt} /> for jobs until <Deadline at={row.wantedUntil} />
          </span>
          <Dialog
            open={deciding === row.prolongationId}
            onOpenChange={(open) => setDeciding(open ? row.prolongationId : null)}
          >
            <DialogTrigger asChild>
              <Button size="sm" className="ml-auto">
                Decide
              </Button>
            </DialogTrigger>
            <DialogContent
              title={`Prolongation of ${row.code}`}
              description="What it is for stands on the page of the experiment, for those who see it."
            >
              <ProlongForm
                experiment={{ id: row.experimentId, code: row.code, processingUntil: row.processingUntil }}
                asked={{ id: row.prolongationId, wantedUntil: row.wantedUntil }}
                onDecided={() => {
                  setDeciding(null);
                  void queryClient.invalidateQueries(trpc.experiments.pathFilter());
                }}
              />
            </DialogContent>
          </Dialog>
        </div>
      ))}
    </section>
  );
}
