'use client';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { ReceiptText, Search } from 'lucide-react';
import Link from 'next/link';
import { parseAsBoolean, parseAsStringLiteral, useQueryState } from 'nuqs';
import { useNow } from '#src/components/clock.ts';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Input, NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { LicenceView } from '#src/server/domain/accounting/accounting.types.ts';
import { LICENCE_OWNERS } from '#src/shared/model/accounting.ts';
import { AdminPage, useAdminFacility } from './admin-frame.tsx';
import { AllowanceBar } from './allowance-bar.tsx';
import { LabsCard } from './labs-card.tsx';
import { lastDay, OWNER_WORDS, validityOf } from './licence-words.ts';
import { NewLicence } from './new-licence.tsx';
import { StorageCard } from './storage-card.tsx';

function LicenceRow({ licence, timeZone }: { licence: LicenceView; timeZone: string }) {
  const { tone, word } = validityOf(licence, useNow(false));
  return (
    <li>
      <Link
        href={`/admin/licences/${licence.licenceId}`}
        className="grid gap-x-4 gap-y-1.5 px-3 py-2.5 hover:bg-hover md:grid-cols-[minmax(0,2fr)_minmax(0,2fr)_11rem] md:items-center"
      >
        <span className="grid min-w-0">
          <span className="truncate font-medium text-sm">{licence.name}</span>
          <span className="flex min-w-0 items-center gap-1.5 text-ink-faint text-xs">
            <Badge>{OWNER_WORDS[licence.owner.kind]}</Badge>
            <span className="truncate" title={licence.owner.email ?? undefined}>
              {licence.owner.name}
            </span>
          </span>
        </span>
        <AllowanceBar licence={licence} />
        <span className="flex flex-wrap items-center gap-x-2 text-xs md:grid md:justify-end md:text-right">
          <Status tone={tone} className="text-xs md:justify-self-end">
            {word}
          </Status>
          <span className="text-ink-faint">until {lastDay(licence.validUntil, timeZone)}</span>
        </span>
      </Link>
    </li>
  );
}

/** Allowances of the facility, its labs and its people; search and filters live in the address. */
export function LicencesPage() {
  const trpc = useTRPC();
  const { facilityId, timeZone } = useAdminFacility();
  const [search, setSearch] = useQueryState('q', { defaultValue: '', clearOnDefault: true, throttleMs: 300 });
  const [owner, setOwner] = useQueryState('owner', parseAsStringLiteral(LICENCE_OWNERS));
  const [onlyValid, setOnlyValid] = useQueryState('valid', parseAsBoolean.withDefault(false));
  const list = useInfiniteQuery(
    trpc.licences.list.infiniteQueryOptions(
      { facilityId, search: search || undefined, ownerKind: owner ?? undefined, onlyValid },
      { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData },
    ),
  );
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const body = () => {
    if (list.isPending) return <SkeletonRows rows={4} />;
    if (!list.data) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
    if (rows.length === 0 && (search || owner || onlyValid)) {
      return (
        <EmptyState icon={Search} title="Nothing matches">
          The search looks at the names of licences and of their owners.
        </EmptyState>
      );
    }
    if (rows.length === 0) {
      return (
        <EmptyState icon={ReceiptText} title="No licences yet" action={<NewLicence />}>
          A licence is an allowance of CPU hours and storage with a first and a last day. One of the facility
          itself also says how long experiments may be analysed after their end.
        </EmptyState>
      );
    }
    return (
      <>
        <ul className="divide-y">
          {rows.map((licence) => (
            <LicenceRow key={licence.licenceId} licence={licence} timeZone={timeZone} />
          ))}
        </ul>
        {list.hasNextPage && (
          <div className="border-t p-2 text-center">
            <Button size="sm" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </>
    );
  };
  return (
    <AdminPage
      title="Licences"
      about="Who may use how many CPU hours and how much storage, until when. Agents are let in by other licences, on the page Agents."
      actions={<NewLicence />}
    >
      <Card>
        <CardHeader title="Allowances" hint="Runs are charged from the first CPU hours on that are given">
          <Input
            type="search"
            aria-label="Search licences"
            placeholder="Name or owner"
            className="w-44"
            value={search}
            onChange={(event) => void setSearch(event.currentTarget.value)}
          />
          <NativeSelect
            aria-label="Owner"
            className="w-32"
            value={owner ?? ''}
            onChange={(event) =>
              void setOwner(LICENCE_OWNERS.find((each) => each === event.currentTarget.value) ?? null)
            }
          >
            <option value="">All owners</option>
            {LICENCE_OWNERS.map((each) => (
              <option key={each} value={each}>
                {OWNER_WORDS[each]}
              </option>
            ))}
          </NativeSelect>
          <label className="flex items-center gap-1.5 text-ink-soft text-sm">
            <input
              type="checkbox"
              checked={onlyValid}
              onChange={(event) => void setOnlyValid(event.currentTarget.checked || null)}
            />
            valid now
          </label>
        </CardHeader>
        {body()}
      </Card>
      <StorageCard />
      <LabsCard />
    </AdminPage>
  );
}
