'use client';
import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Input, NativeSelect } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { VirtualList } from '#src/components/ui/virtual-list.tsx';
import { useProfile, useTRPC } from '#src/features/shell/index.ts';
import type { DirectoryPerson } from '#src/server/domain/facilities/facility.types.ts';
import { useAdminFacility } from './admin-frame.tsx';
import { WithoutOwnerStrip } from './without-owner.tsx';

const SHOWN = ['all', 'admins', 'disabled'] as const;
const SHOWN_WORDS = { all: 'Everybody', admins: 'Admins', disabled: 'Disabled' } as const;
const COLUMNS =
  'grid items-center gap-x-4 px-3 sm:px-4 grid-cols-[minmax(0,1fr)_auto] md:grid-cols-[minmax(12rem,2fr)_minmax(10rem,2fr)_7rem_7rem_13rem]';

function Head() {
  return (
    <div className={`${COLUMNS} h-8 text-ink-faint text-xs max-md:hidden`}>
      <span>Name</span>
      <span>Is</span>
      <span>Experiments</span>
      <span>Last seen</span>
      <span />
    </div>
  );
}

function useChanges() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { facilityId } = useAdminFacility();
  const onSettled = () =>
    Promise.all([
      queries.invalidateQueries(trpc.facilities.people.pathFilter()),
      queries.invalidateQueries(trpc.facilities.withoutOwner.queryFilter()),
    ]);
  const disable = useMutation(trpc.facilities.setPersonDisabled.mutationOptions({ onSettled }));
  const addAdmin = useMutation(trpc.facilities.addAdmin.mutationOptions({ onSettled }));
  const removeAdmin = useMutation(trpc.facilities.removeAdmin.mutationOptions({ onSettled }));
  return {
    setDisabled: async ({ id, name }: DirectoryPerson, disabled: boolean) => {
      await disable.mutateAsync({ facilityId, personId: id, disabled });
      toast.done(disabled ? `${name} is shut out` : `${name} may sign in again`);
    },
    setAdmin: async ({ id, name, email }: DirectoryPerson, isAdmin: boolean) => {
      if (isAdmin) await addAdmin.mutateAsync({ facilityId, email });
      else await removeAdmin.mutateAsync({ facilityId, personId: id });
      toast.done(isAdmin ? `${name} is an admin` : `${name} is no longer an admin`);
    },
  };
}

function Actions({ person }: { person: DirectoryPerson }) {
  const own = useProfile().personId === person.id;
  const { setDisabled, setAdmin } = useChanges();
  const isDisabled = person.disabledAt !== null;
  return (
    <span className="flex justify-end gap-1.5">
      {!isDisabled && (
        <ConfirmDialog
          title={person.isAdmin ? `Take admin rights from ${person.name}?` : `Make ${person.name} an admin?`}
          action={person.isAdmin ? 'Take away' : 'Make admin'}
          onConfirm={() => setAdmin(person, !person.isAdmin)}
          trigger={
            <Button size="sm" className="max-md:hidden">
              {person.isAdmin ? 'Remove admin' : 'Make admin'}
            </Button>
          }
        >
          Admins manage people, instruments, licences and policies of the facility, and see its audit trail;
          no data.
        </ConfirmDialog>
      )}
      {!own && (
        <ConfirmDialog
          title={isDisabled ? `Let ${person.name} in again?` : `Shut out ${person.name}?`}
          action={isDisabled ? 'Enable' : 'Disable'}
          onConfirm={() => setDisabled(person, !isDisabled)}
          trigger={<Button size="sm">{isDisabled ? 'Enable' : 'Disable'}</Button>}
        >
          {isDisabled
            ? `${person.email} may sign in again, with what they held before.`
            : `${person.email} is signed out everywhere and cannot sign in; their access tokens stop. What they own stays theirs until you give it to others.`}
        </ConfirmDialog>
      )}
    </span>
  );
}

function Row({ person }: { person: DirectoryPerson }) {
  return (
    <div className={`${COLUMNS} h-full`}>
      <span className="grid min-w-0">
        <span className="truncate font-medium text-sm">{person.name}</span>
        <span className="truncate text-ink-faint text-xs">{person.email}</span>
      </span>
      <span className="flex min-w-0 flex-wrap gap-1 overflow-hidden max-md:hidden">
        {person.disabledAt && <Badge tone="failed">disabled</Badge>}
        {person.isAdmin && <Badge tone="running">admin</Badge>}
        {person.staffOf.map(({ slug, name }) => (
          <Badge key={slug} title={name}>
            staff {slug}
          </Badge>
        ))}
        {person.labs.map((lab) => (
          <Badge key={lab}>{lab}</Badge>
        ))}
      </span>
      <span className="text-ink-soft text-xs tabular-nums max-md:hidden">{person.experiments}</span>
      <span className="text-ink-soft text-xs max-md:hidden">
        {person.lastSeenAt ? <RelativeTime at={person.lastSeenAt} /> : 'never'}
      </span>
      <Actions person={person} />
    </div>
  );
}

/** Everybody the facility has to do with; search and filter live in the address. */
export function PeoplePage() {
  const trpc = useTRPC();
  const { facilityId } = useAdminFacility();
  const [search, setSearch] = useQueryState('q', { defaultValue: '', clearOnDefault: true, throttleMs: 300 });
  const [show, setShow] = useQueryState('show', parseAsStringLiteral(SHOWN).withDefault('all'));
  const list = useInfiniteQuery(
    trpc.facilities.people.infiniteQueryOptions(
      { facilityId, search: search || undefined, show },
      { getNextPageParam: (page) => page.next, placeholderData: keepPreviousData },
    ),
  );
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const body = () => {
    if (list.isPending) return <SkeletonRows rows={8} />;
    if (!list.data) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
    if (rows.length === 0) {
      return (
        <EmptyState icon={Search} title="Nobody matches">
          The search looks at names and e-mails.
        </EmptyState>
      );
    }
    return (
      <VirtualList
        label="People"
        rows={rows}
        rowHeight={52}
        rowKey={(person) => person.id}
        head={<Head />}
        onNearEnd={() => {
          if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
        }}
      >
        {(person) => <Row person={person} />}
      </VirtualList>
    );
  };
  return (
    <div className="relative flex h-full min-h-0 flex-col">
      <header className="flex flex-wrap items-center gap-2 px-3 py-3 sm:px-4">
        <h1 className="mr-auto font-semibold text-xl tracking-tight">People</h1>
        <Input
          type="search"
          aria-label="Search people"
          placeholder="Name or e-mail"
          className="w-full sm:w-64"
          value={search}
          onChange={(event) => void setSearch(event.currentTarget.value)}
        />
        <NativeSelect
          aria-label="Show"
          className="w-36"
          value={show}
          onChange={(event) => void setShow(SHOWN.find((each) => each === event.currentTarget.value) ?? null)}
        >
          {SHOWN.map((each) => (
            <option key={each} value={each}>
              {SHOWN_WORDS[each]}
            </option>
          ))}
        </NativeSelect>
      </header>
      <WithoutOwnerStrip />
      <div className="min-h-64 flex-1 border-t">{body()}</div>
    </div>
  );
}
