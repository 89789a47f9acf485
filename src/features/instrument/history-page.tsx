'use client';
import { History } from 'lucide-react';
import Link from 'next/link';
import { useNow } from '#src/components/clock.ts';
import { formatDuration } from '#src/components/format.ts';
import { ClockTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { Table, Td, Th, Tr } from '#src/components/ui/table.tsx';
import type { ActivationView } from '#src/server/domain/instruments/activation-history.ts';
import { siteDoubt, switchedBy } from './activation-words.ts';
import { StaffOnly, useInstrument } from './instrument-frame.tsx';
import { useActivations } from './use-activations.ts';

function Lasted({ row }: { row: ActivationView }) {
  const nowMs = useNow(row.endedAt === null);
  const lastedMs = (row.endedAt?.getTime() ?? nowMs) - row.startedAt.getTime();
  return formatDuration(Math.max(0, lastedMs));
}

function Row({ row }: { row: ActivationView }) {
  return (
    <Tr>
      <Td className="whitespace-nowrap">
        <ClockTime at={row.startedAt} />
      </Td>
      <Td className="whitespace-nowrap">
        {row.endedAt ? <ClockTime at={row.endedAt} /> : <Status tone="running">active now</Status>}
      </Td>
      <Td className="whitespace-nowrap text-ink-soft max-md:hidden">
        <Lasted row={row} />
      </Td>
      <Td>
        <Link
          href={`/experiments/${row.experiment.code}`}
          className="whitespace-nowrap font-mono hover:underline"
        >
          {row.experiment.code}
        </Link>
        <span className="ml-2 text-ink-soft max-md:hidden">
          {row.experiment.title ?? 'staff no longer see this experiment'}
        </span>
      </Td>
      <Td className="text-ink-soft text-xs">
        <span className="flex flex-wrap items-center gap-x-2 py-1" title={siteDoubt(row) ?? undefined}>
          {row.site && <Badge tone="queued">on site</Badge>}
          {switchedBy(row)}
          {row.endedAt && row.endedByName && row.endedByName !== row.startedByName && (
            <span className="text-ink-faint">ended by {row.endedByName}</span>
          )}
        </span>
      </Td>
    </Tr>
  );
}

function Activations() {
  const instrument = useInstrument();
  const list = useActivations(instrument.id);
  if (list.isPending) return <SkeletonRows />;
  if (!list.data) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
  if (list.rows.length === 0) {
    return (
      <EmptyState icon={History} title="No experiment was active yet">
        Whenever an experiment is activated, here or at an agent's machine, it is noted with who did it: this
        history decides whose a byte is.
      </EmptyState>
    );
  }
  return (
    <>
      <div className="overflow-x-auto rounded-lg border bg-surface">
        <Table>
          <thead>
            <tr>
              <Th>Active from</Th>
              <Th>Until</Th>
              <Th className="max-md:hidden">Lasted</Th>
              <Th>Experiment</Th>
              <Th>Switched</Th>
            </tr>
          </thead>
          <tbody>
            {list.rows.map((row) => (
              <Row key={row.id} row={row} />
            ))}
          </tbody>
        </Table>
      </div>
      {list.hasNextPage && (
        <Button
          className="justify-self-center"
          busy={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          Older
        </Button>
      )}
    </>
  );
}

function Heading() {
  const instrument = useInstrument();
  return (
    <header className="grid gap-1">
      <h1 className="font-semibold text-xl tracking-tight">History of {instrument.name}</h1>
      <p className="text-ink-soft text-sm">
        Which experiment was active when. Data belong to the experiment that was active when they were
        acquired, whenever they are uploaded.
      </p>
    </header>
  );
}

/** Which experiment was active when, and who switched; for staff. */
export function HistoryPage() {
  return (
    <StaffOnly>
      <div className="grid grid-cols-1 gap-3 p-3 sm:p-4">
        <Heading />
        <Activations />
      </div>
    </StaffOnly>
  );
}
