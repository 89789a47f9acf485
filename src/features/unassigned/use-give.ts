'use client';
import { useState } from 'react';
import { sentenceOf } from '#src/components/app-error-of.ts';
import { useTRPCClient } from '#src/features/shell/index.ts';
import type { Target } from './give-dialog.tsx';
import { type TrayRow, trayKey } from './tray-row.ts';

/** What became of one row that was to be given: where it is now, or why not; null while it is asked. */
export interface Given {
  row: TrayRow;
  to: Target;
  path: string | null;
  refusal: string | null;
}

/** Gives rows to an experiment one after the other, so that one that is refused keeps none of the others. */
export function useGive(refresh: () => void) {
  const client = useTRPCClient();
  const [given, setGiven] = useState<readonly Given[]>([]);
  const [isGiving, setGiving] = useState(false);

  async function give(rows: readonly TrayRow[], to: Target, reason: string): Promise<void> {
    setGiving(true);
    setGiven(rows.map((row) => ({ row, to, path: null, refusal: null })));
    for (const row of rows) {
      const told = await client.datasets.reassign
        .mutate({
          ...(row.kind === 'dataset' ? { datasetId: row.id } : { fileIds: [row.id] }),
          experimentId: to.id,
          reason,
        })
        .then(
          ({ moves }) => ({ path: moves[0]?.path ?? row.path, refusal: null }),
          (error: unknown) => ({ path: null, refusal: sentenceOf(error) }),
        );
      setGiven((all) =>
        all.map((each) => (trayKey(each.row) === trayKey(row) ? { ...each, ...told } : each)),
      );
    }
    setGiving(false);
    refresh();
  }
  return { given, isGiving, give, forget: () => setGiven([]) };
}
