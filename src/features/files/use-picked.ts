'use client';
import { useState } from 'react';
import { toast } from '#src/components/ui/toast.tsx';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { keyOf, MOST_PICKED } from './picked.ts';

const NONE: ReadonlyMap<string, FolderEntry> = new Map();

/** What is ticked, in the listing that `where` names; another listing begins with nothing. */
export function usePicked(where: string) {
  const [state, setState] = useState({ where, entries: NONE });
  const entries = state.where === where ? state.entries : NONE;
  const pick = (some: readonly FolderEntry[], on: boolean) => {
    const next = new Map(entries);
    for (const entry of some) {
      if (on) next.set(keyOf(entry), entry);
      else next.delete(keyOf(entry));
    }
    if (next.size > MOST_PICKED) {
      toast.failed(
        `At most ${MOST_PICKED} entries can be ticked. Take the folder itself, from the folder above.`,
      );
      return;
    }
    setState({ where, entries: next });
  };
  return { entries, pick, clear: () => setState({ where, entries: NONE }) };
}
