'use client';
import { useQuery } from '@tanstack/react-query';
import { Microscope } from 'lucide-react';
import Link from 'next/link';
import { Badge } from '#src/components/ui/badge.tsx';
import { Card } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { InstrumentSummary } from '#src/server/domain/instruments/instruments.service.ts';

const RELATION_WORDS: Readonly<Record<InstrumentSummary['relation'], string>> = {
  staff: 'staff',
  member: 'your experiments',
  admin: 'admin',
};

function InstrumentCard({ instrument }: { instrument: InstrumentSummary }) {
  const body = (
    <>
      <div className="flex items-baseline gap-2">
        <h2 className="truncate font-semibold text-base">{instrument.name}</h2>
        <Badge className="ml-auto">{RELATION_WORDS[instrument.relation]}</Badge>
      </div>
      <p className="text-ink-faint text-xs">{instrument.facility.name}</p>
      {instrument.description && <p className="text-ink-soft text-sm">{instrument.description}</p>}
      {instrument.active ? (
        <p className="flex min-w-0 items-baseline gap-2 text-sm">
          <Status tone="running">active</Status>
          <span className="font-mono">{instrument.active.code}</span>
          <span className="truncate text-ink-soft">{instrument.active.title}</span>
        </p>
      ) : (
        instrument.relation !== 'admin' && (
          <Status tone="muted">
            {instrument.relation === 'staff' ? 'no experiment active' : 'none of your experiments active'}
          </Status>
        )
      )}
    </>
  );
  if (instrument.relation === 'admin') return <Card className="grid gap-1.5 p-4">{body}</Card>;
  return (
    <Card className="hover:border-line-strong hover:bg-hover">
      <Link href={`/instruments/${instrument.slug}`} className="grid gap-1.5 p-4">
        {body}
      </Link>
    </Card>
  );
}

/** The instruments one has to do with, each a door to its cockpit. */
export function InstrumentsPage() {
  const trpc = useTRPC();
  const list = useQuery(trpc.instruments.list.queryOptions());
  return (
    <div className="grid gap-4 p-3 sm:p-4">
      <h1 className="font-semibold text-xl tracking-tight">Instruments</h1>
      {list.isPending && <SkeletonRows rows={3} />}
      {list.isError && !list.data && <ErrorState error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <EmptyState icon={Microscope} title="No instrument yet">
          Instruments appear here when you are named as their staff, or when you take part in an experiment
          there.
        </EmptyState>
      )}
      <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        {list.data?.map((instrument) => (
          <InstrumentCard key={instrument.id} instrument={instrument} />
        ))}
      </div>
    </div>
  );
}
