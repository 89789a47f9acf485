'use client';
import { useQuery } from '@tanstack/react-query';
import { LockKeyhole } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { createContext, type ReactNode, useContext } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { LinkTabs } from '#src/components/ui/tabs.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { InstrumentSummary } from '#src/server/domain/instruments/instruments.service.ts';

const TABS = [
  { key: 'cockpit', label: 'Cockpit', path: '' },
  { key: 'unassigned', label: 'Unassigned', path: '/unassigned' },
  { key: 'agents', label: 'Agents', path: '/agents' },
  { key: 'strategies', label: 'Strategies', path: '/strategies' },
  { key: 'alarms', label: 'Alarms', path: '/alarms' },
  { key: 'history', label: 'History', path: '/history' },
] as const;

const InstrumentContext = createContext<InstrumentSummary | null>(null);

/** The instrument of a page for its staff; only within `StaffOnly`. */
export function useInstrument(): InstrumentSummary {
  const instrument = useContext(InstrumentContext);
  if (!instrument) throw new Error('useInstrument is only for the pages of an instrument that its staff see');
  return instrument;
}

/** Tabs around the pages of an instrument; who is not its staff sees the cockpit alone, without tabs. */
export function InstrumentFrame({ slug, children }: { slug: string; children: ReactNode }) {
  const trpc = useTRPC();
  const pathname = usePathname();
  const list = useQuery(trpc.instruments.list.queryOptions());
  const instrument = list.data?.find((known) => known.slug === slug) ?? null;
  const root = `/instruments/${slug}`;
  // What lies below a tab (the frames of unassigned data) belongs to it.
  const below = `/${pathname.split('/')[3] ?? ''}`;
  const current = TABS.find((tab) => tab.path === below)?.key ?? 'cockpit';
  return (
    <InstrumentContext value={instrument}>
      {instrument?.relation === 'staff' && (
        <LinkTabs
          label={`Pages of ${instrument.name}`}
          className="px-1 sm:px-2"
          current={current}
          tabs={TABS.map(({ key, label, path }) => ({ key, label, href: `${root}${path}` }))}
        />
      )}
      {children}
    </InstrumentContext>
  );
}

/** A page for staff of the instrument alone. */
export function StaffOnly({ children }: { children: ReactNode }) {
  const trpc = useTRPC();
  const list = useQuery(trpc.instruments.list.queryOptions());
  const instrument = useContext(InstrumentContext);
  if (instrument?.relation === 'staff') return children;
  if (list.isPending) return <SkeletonRows />;
  if (list.isError) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
  return (
    <EmptyState
      icon={LockKeyhole}
      title="Nothing here"
      action={
        <Button asChild>
          <Link href="/instruments">All instruments</Link>
        </Button>
      }
    >
      This page is for the staff of the instrument, or there is no such instrument.
    </EmptyState>
  );
}
