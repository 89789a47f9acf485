'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Progress } from '#src/components/ui/progress.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import { type Verification, verificationWords } from './verification-words.ts';

const SHOWN = 5;
/** Of an experiment those of its datasets are told too; they are shown with these. */
const ASKED = 100;
const ASK_EVERY_MS = 1000;

function Result({ row, ofDataset }: { row: Verification; ofDataset: boolean }) {
  const { tone, sentence } = verificationWords(row);
  const whole = ofDataset && row.datasetId === null ? 'the whole experiment: ' : '';
  return (
    <li className="grid gap-1 py-1.5 text-sm">
      <Status tone={tone} className="whitespace-normal">
        {whole}
        {sentence}
      </Status>
      {row.finishedAt === null && (
        <Progress
          value={row.filesChecked}
          max={row.filesTotal}
          tone={tone}
          label={`Verification: ${sentence}`}
        />
      )}
      <span className="text-ink-faint text-xs">
        {row.finishedAt ? (
          <>
            verified <RelativeTime at={row.finishedAt} />
          </>
        ) : (
          <>
            begun <RelativeTime at={row.createdAt} />
          </>
        )}
        {row.requestedByName && ` by ${row.requestedByName}`}
      </span>
      {row.faults.length > 0 && (
        <ul className="grid max-h-48 gap-1 overflow-y-auto rounded-md border p-2 text-xs">
          {row.faults.map(({ path, fault }) => (
            <li key={path}>
              <span className="wrap-anywhere font-mono">{path}</span>{' '}
              <span className="wrap-anywhere text-failed">{fault}</span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** Has the store read again, and says what was found: every file's hash against the one from its source. */
export function VerifySection({
  experimentId,
  datasetId,
  mayVerify,
}: {
  experimentId: string;
  /** Null: all files of the experiment. */
  datasetId: string | null;
  mayVerify: boolean;
}) {
  const trpc = useTRPC();
  const options = trpc.datasets.verifications.queryOptions({ experimentId, datasetId, limit: ASKED });
  const list = useQuery({ ...options, staleTime: 0 });
  const askSoon = useAskSoon(options.queryKey, ASK_EVERY_MS);
  useLive([`experiment:${experimentId}`], ({ kind }) => {
    if (kind === 'verification.changed') askSoon();
  });
  const start = useMutation(trpc.datasets.verify.mutationOptions({ onSettled: askSoon }));
  const rows = (list.data ?? [])
    .filter((row) => datasetId !== null || row.datasetId === null)
    .slice(0, SHOWN);
  const isUnderWay = rows.some((row) => row.finishedAt === null && row.datasetId === datasetId);
  return (
    <section aria-label="Verify" className="grid gap-2">
      <h3 className="font-semibold text-sm">In the store</h3>
      <p className="text-ink-soft text-sm">
        Every file is read again and its SHA-256 compared with the one that was computed at its source.
      </p>
      {mayVerify ? (
        <Button
          look="primary"
          className="justify-self-start"
          busy={start.isPending}
          disabled={isUnderWay}
          onClick={() => start.mutate({ experimentId, datasetId })}
        >
          <ShieldCheck aria-hidden /> {isUnderWay ? 'Being verified' : 'Verify'}
        </Button>
      ) : (
        <p className="text-ink-faint text-xs">Members of the experiment and above can have it verified.</p>
      )}
      <FormFault error={start.error} />
      {list.isError && !list.data && (
        <ErrorState error={list.error} retry={() => void list.refetch()} className="py-4" />
      )}
      {rows.length > 0 && (
        <ul aria-live="polite" aria-label="Verifications" className="divide-y border-t">
          {rows.map((row) => (
            <Result key={row.id} row={row} ofDataset={datasetId !== null} />
          ))}
        </ul>
      )}
      {list.data && rows.length === 0 && <p className="text-ink-faint text-xs">Not verified yet.</p>}
    </section>
  );
}
