'use client';
import { useQuery } from '@tanstack/react-query';
import { LockKeyhole } from 'lucide-react';
import Link from 'next/link';
import { useQueryState } from 'nuqs';
import { createContext, type ReactNode, useContext } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { AdministeredFacility } from '#src/server/domain/facilities/facility.types.ts';

const FacilityContext = createContext<AdministeredFacility | null>(null);

/** The facility that the page administers; only within `AdminFrame`. */
export function useAdminFacility(): AdministeredFacility {
  const facility = useContext(FacilityContext);
  if (!facility) throw new Error('useAdminFacility is only for the pages of admins');
  return facility;
}

/** Around the pages of admins: which facility it is, when somebody administers several; a closed door for everybody else. */
export function AdminFrame({ children }: { children: ReactNode }) {
  const trpc = useTRPC();
  const mine = useQuery(trpc.facilities.mine.queryOptions());
  const [code, setCode] = useQueryState('facility');
  if (mine.isPending) return <SkeletonRows />;
  if (mine.isError) return <ErrorState error={mine.error} retry={() => void mine.refetch()} />;
  const facility = mine.data.find((each) => each.code === code) ?? mine.data[0];
  if (!facility) {
    return (
      <EmptyState
        icon={LockKeyhole}
        title="Nothing here"
        action={
          <Button asChild>
            <Link href="/">Go to the start</Link>
          </Button>
        }
      >
        These pages are for admins of the facility.
      </EmptyState>
    );
  }
  return (
    <FacilityContext value={facility}>
      {mine.data.length > 1 && (
        <div className="flex items-center gap-2 border-b px-4 py-2 text-sm lg:px-6">
          <span className="text-ink-faint">Facility</span>
          <NativeSelect
            aria-label="Facility"
            className="w-56"
            value={facility.code}
            onChange={(event) => void setCode(event.currentTarget.value)}
          >
            {mine.data.map((each) => (
              <option key={each.facilityId} value={each.code}>
                {each.name}
              </option>
            ))}
          </NativeSelect>
        </div>
      )}
      {children}
    </FacilityContext>
  );
}

/** Head of a page of admins: its name, what it is for, its buttons. */
export function AdminPage({
  title,
  about,
  actions,
  children,
}: {
  title: string;
  about: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="mx-auto grid w-full max-w-6xl grid-cols-1 gap-4 p-4 lg:p-6">
      <header className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
          <p className="max-w-prose text-ink-soft text-sm">{about}</p>
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
