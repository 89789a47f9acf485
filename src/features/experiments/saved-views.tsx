'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Bookmark, X } from 'lucide-react';
import Link from 'next/link';
import { useSearchParams } from 'next/navigation';
import { useState } from 'react';
import { fieldFaultsOf, sentenceOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

const sameFilters = (a: URLSearchParams, b: URLSearchParams) => {
  const sorted = (params: URLSearchParams) =>
    [...params]
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join('&');
  return sorted(a) === sorted(b);
};

/** Filters kept by a name, one's own; the one that is shown now is marked. Nothing is there until there is something to keep. */
export function SavedViews({ isFiltered }: { isFiltered: boolean }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const params = useSearchParams();
  const now = new URLSearchParams(params.toString());
  const views = useQuery(trpc.experiments.savedViews.queryOptions());
  const refresh = () => void queryClient.invalidateQueries(trpc.experiments.savedViews.queryFilter());
  const remove = useMutation(
    trpc.experiments.removeView.mutationOptions({
      onSettled: refresh,
      onError: (error) => toast.failed(error),
    }),
  );
  const kept = views.data ?? [];
  const isKept = kept.some(({ query }) => sameFilters(new URLSearchParams(query), now));
  if (kept.length === 0 && !isFiltered) return null;
  return (
    <nav aria-label="Saved views" className="flex flex-wrap items-center gap-1.5 px-3 pb-2 sm:px-4">
      <Bookmark className="size-4 text-ink-faint" aria-hidden />
      {kept.map((view) => (
        <span
          key={view.id}
          className="inline-flex items-center rounded-full border bg-surface text-xs has-[[aria-current]]:border-accent has-[[aria-current]]:text-accent"
        >
          <Link
            href={`/experiments?${view.query}`}
            aria-current={sameFilters(new URLSearchParams(view.query), now) ? 'page' : undefined}
            className="max-w-48 truncate py-1 pl-2.5 hover:underline"
          >
            {view.name}
          </Link>
          <button
            type="button"
            aria-label={`Remove the view ${view.name}`}
            className="rounded-full p-1 text-ink-faint hover:text-ink"
            onClick={() => remove.mutate({ viewId: view.id })}
          >
            <X className="size-3.5" aria-hidden />
          </button>
        </span>
      ))}
      {isFiltered && !isKept && <SaveView query={now.toString()} onSaved={refresh} />}
    </nav>
  );
}

function SaveView({ query, onSaved }: { query: string; onSaved: () => void }) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const save = useMutation(
    trpc.experiments.saveView.mutationOptions({
      onSuccess: () => {
        setOpen(false);
        setName('');
        onSaved();
      },
    }),
  );
  const fault = save.isError ? (fieldFaultsOf(save.error).name ?? sentenceOf(save.error)) : undefined;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button look="quiet" size="sm">
          Keep this view
        </Button>
      </DialogTrigger>
      <DialogContent
        title="Keep this view"
        description="The search, filters and order as they are now, for you alone. A view of the same name is replaced."
      >
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate({ name, query });
          }}
        >
          <Field label="Name" fault={fault}>
            {(props) => (
              <Input
                {...props}
                required
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Field>
          <SubmitFooter busy={save.isPending}>Keep</SubmitFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
