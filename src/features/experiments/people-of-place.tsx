'use client';
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { InvitationList } from './invitation-list.tsx';
import { InvitePerson } from './invite-person.tsx';
import { type LoadedMembers, MemberTable } from './member-table.tsx';
import { OwnershipOffered } from './ownership-row.tsx';
import { givable, type Place } from './people-words.ts';

/** Who is in an experiment or a project, who was asked in, and who is offered its ownership; below it what else gives access. */
export function PeopleOfPlace({ place, children }: { place: Place; children?: ReactNode }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { personId } = useProfile();
  const of = { experimentId: place.id };
  const [search, setSearch] = useState('');
  const members = useInfiniteQuery(
    trpc.experiments.members.infiniteQueryOptions(
      { ...of, search: search.trim() || undefined },
      { getNextPageParam: ({ nextCursor }) => nextCursor, placeholderData: keepPreviousData },
    ),
  );
  const invitations = useQuery(trpc.invitations.list.queryOptions(of));
  const offer = useQuery(trpc.members.ownershipOffer.queryOptions(of));
  const refresh = () => {
    void queryClient.invalidateQueries(trpc.experiments.members.pathFilter());
    void queryClient.invalidateQueries(trpc.invitations.list.queryFilter(of));
    void queryClient.invalidateQueries(trpc.members.ownershipOffer.queryFilter(of));
  };
  // What the person wrote may be refused: the invitation says so.
  useLive([`experiment:${place.id}`, `person:${personId}`], ({ kind }) => {
    if (['member.changed', 'invitation.changed', 'mail.changed'].includes(kind)) refresh();
  });
  const roles = givable(place.roles);

  const failed = [members, invitations, offer].find((query) => query.isError && query.data === undefined);
  if (failed) return <ErrorState error={failed.error} retry={() => void failed.refetch()} />;
  if (!members.data || !invitations.data || offer.data === undefined) return <SkeletonRows />;
  const { found, total } = members.data.pages.at(-1)!;
  const loaded: LoadedMembers = {
    items: members.data.pages.flatMap(({ items }) => items),
    ...{ found, total, search, setSearch },
    loadMore: members.hasNextPage ? () => void members.fetchNextPage() : null,
    isLoading: members.isFetchingNextPage,
  };
  return (
    <div className="grid max-w-4xl content-start gap-4 p-3 sm:p-4">
      {roles.length > 0 && <InvitePerson experimentId={place.id} roles={roles} refresh={refresh} />}
      {offer.data && (
        <OwnershipOffered
          experimentId={place.id}
          offer={offer.data}
          mayRevoke={allows('member.handOver', place.roles)}
          refresh={refresh}
        />
      )}
      <MemberTable place={place} members={loaded} isOffered={offer.data !== null} refresh={refresh} />
      <InvitationList kind={place.kind} invitations={invitations.data} givable={roles} refresh={refresh} />
      {children}
    </div>
  );
}
