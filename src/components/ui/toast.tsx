'use client';
import { CircleCheck, Info, TriangleAlert, X } from 'lucide-react';
import { Toast as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { create } from 'zustand';
import { sentenceOf } from '../app-error-of.ts';
import { Button } from './button.tsx';

/*
 * Short messages about something that was just done. On Radix rather than a toast library: those write style elements
 * while they load, which the content policy forbids.
 *
 *   toast.done('Session ended');   toast.failed(error);   toast.say('Renamed', { action: { label: 'Undo', run } });
 */

interface ToastEntry {
  id: number;
  kind: 'done' | 'failed' | 'say';
  text: ReactNode;
  action?: { label: string; run: () => void };
}

const useToasts = create<{ entries: readonly ToastEntry[] }>(() => ({ entries: [] }));
let lastId = 0;

function add(entry: Omit<ToastEntry, 'id'>): void {
  lastId += 1;
  const made = { ...entry, id: lastId };
  // More than four at once nobody reads.
  useToasts.setState(({ entries }) => ({ entries: [...entries.slice(-3), made] }));
}
const remove = (id: number) =>
  useToasts.setState(({ entries }) => ({ entries: entries.filter((entry) => entry.id !== id) }));

type Extra = Pick<ToastEntry, 'action'>;

export const toast = {
  done: (text: ReactNode, extra: Extra = {}) => add({ kind: 'done', text, ...extra }),
  say: (text: ReactNode, extra: Extra = {}) => add({ kind: 'say', text, ...extra }),
  /** An error or a sentence. */
  failed: (error: unknown, extra: Extra = {}) =>
    add({ kind: 'failed', text: typeof error === 'string' ? error : sentenceOf(error), ...extra }),
};

const ICONS = {
  done: <CircleCheck className="size-4 shrink-0 text-ok" aria-hidden />,
  failed: <TriangleAlert className="size-4 shrink-0 text-failed" aria-hidden />,
  say: <Info className="size-4 shrink-0 text-running" aria-hidden />,
};

/** Once, in the shell. */
export function Toaster() {
  const entries = useToasts((state) => state.entries);
  return (
    <Radix.Provider label="Notification">
      {entries.map((entry) => (
        <Radix.Root
          key={entry.id}
          type={entry.kind === 'failed' ? 'foreground' : 'background'}
          duration={entry.kind === 'failed' ? 12_000 : 5000}
          onOpenChange={(open) => !open && remove(entry.id)}
          className="flex items-center gap-2.5 rounded-lg border bg-raised py-2 pr-1.5 pl-3 shadow-xl data-[state=open]:animate-appear"
        >
          {ICONS[entry.kind]}
          <Radix.Description className="min-w-0 flex-1 text-sm">{entry.text}</Radix.Description>
          {entry.action && (
            <Radix.Action asChild altText={entry.action.label}>
              <Button size="sm" onClick={entry.action.run}>
                {entry.action.label}
              </Button>
            </Radix.Action>
          )}
          <Radix.Close asChild>
            <Button look="quiet" size="icon-sm" aria-label="Dismiss">
              <X aria-hidden />
            </Button>
          </Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport className="fixed right-4 bottom-4 z-60 grid w-96 max-w-[calc(100vw-2rem)] gap-2 outline-none" />
    </Radix.Provider>
  );
}
