'use client';
import { useMutation } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { UserMinus } from 'lucide-react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { Input, NativeSelect } from '#src/components/ui/input.tsx';
import { Table, Td, Th, Tr } from '#src/components/ui/table.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useProfile, useTRPC } from '#src/features/shell/index.ts';
import type { AppRouter } from '#src/server/api/root.ts';
import type { GivenRole } from '#src/shared/permissions/permission-table.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { OfferOwnership } from './ownership-row.tsx';
import { givable, letInBy, mayChangeRole, type Place, peopleShown } from './people-words.ts';

type Members = inferRouterOutputs<AppRouter>['experiments']['members'];
type Member = Members['items'][number];

/** What of the members is loaded, and how to get more. */
export interface LoadedMembers extends Pick<Members, 'items' | 'found' | 'total'> {
  search: string;
  setSearch: (search: string) => void;
  /** Null: all are there. */
  loadMore: (() => void) | null;
  isLoading: boolean;
}

/** A table that is longer than this is searched. */
const SEARCHED_FROM = 20;

interface OfMember {
  place: Place;
  member: Member;
  refresh: () => void;
}

function RoleOf({ place, member, refresh }: OfMember) {
  const trpc = useTRPC();
  const { id: experimentId, roles } = place;
  const setRole = useMutation(
    trpc.experiments.setMemberRole.mutationOptions({
      onSettled: refresh,
      onError: (error) => toast.failed(error),
    }),
  );
  if (!mayChangeRole(member.role, roles)) return <span className="text-ink-soft">{member.role}</span>;
  const change = (role: GivenRole) => setRole.mutate({ experimentId, personId: member.id, role });
  return (
    <NativeSelect
      aria-label={`Role of ${member.name}`}
      className="w-32"
      value={member.role}
      onChange={(event) => change(event.currentTarget.value as GivenRole)}
    >
      {givable(roles).map((role) => (
        <option key={role} value={role}>
          {role}
        </option>
      ))}
    </NativeSelect>
  );
}

function RemoveMember({ place, member, refresh }: OfMember) {
  const trpc = useTRPC();
  const { id: experimentId, code, kind } = place;
  const isSelf = useProfile().personId === member.id;
  const remove = useMutation(trpc.experiments.removeMember.mutationOptions({ onSettled: refresh }));
  return (
    <ConfirmDialog
      trigger={
        <Button look="quiet" size="icon-sm" aria-label={isSelf ? `Leave ${code}` : `Remove ${member.name}`}>
          <UserMinus aria-hidden />
        </Button>
      }
      title={isSelf ? `Leave ${code}?` : `Remove ${member.name} from ${code}?`}
      action={isSelf ? 'Leave' : `Remove ${member.name}`}
      onConfirm={() => remove.mutateAsync({ experimentId, personId: member.id })}
    >
      {isSelf ? 'You' : member.name} will no longer see its data, jobs and people
      {kind === 'project' && ', nor read its experiments by it'}. What was done stays recorded; somebody in
      the {kind} can invite the person again.
    </ConfirmDialog>
  );
}

/** Who is in the experiment or project: as what, since when, and by whom. */
export function MemberTable({
  place,
  members,
  isOffered,
  refresh,
}: {
  place: Place;
  members: LoadedMembers;
  /** The ownership is on offer already. */
  isOffered: boolean;
  refresh: () => void;
}) {
  const { id: experimentId, roles } = place;
  const { personId } = useProfile();
  const { items, found, total, search, setSearch } = members;
  const mayHandOver = allows('member.handOver', roles) && !isOffered;
  const isLong = total > SEARCHED_FROM;
  return (
    <div className="overflow-x-auto rounded-lg border bg-surface">
      {isLong && (
        <div className="flex flex-wrap items-center gap-3 border-b px-3 py-2">
          <Input
            type="search"
            aria-label="Search people"
            placeholder="Search by name, e-mail or role"
            autoComplete="off"
            className="w-72 max-w-full"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          <span className="text-ink-soft text-sm" role="status">
            {peopleShown({ shown: items.length, found, total })}
          </span>
        </div>
      )}
      <Table>
        <thead>
          <tr>
            <Th>Name</Th>
            <Th className="max-sm:hidden">E-mail</Th>
            <Th>Role</Th>
            <Th className="max-sm:hidden">Since</Th>
            <Th className="max-md:hidden">Let in by</Th>
            <Th>
              <span className="sr-only">Actions</span>
            </Th>
          </tr>
        </thead>
        <tbody>
          {items.map((member) => (
            <Tr key={member.id}>
              <Td>
                {member.name}
                {member.id === personId && <span className="text-ink-faint"> (you)</span>}
              </Td>
              <Td className="text-ink-soft max-sm:hidden">{member.email}</Td>
              <Td>
                <RoleOf place={place} member={member} refresh={refresh} />
              </Td>
              <Td className="text-ink-soft max-sm:hidden">
                <RelativeTime at={member.since} />
              </Td>
              <Td className="text-ink-soft max-md:hidden">{letInBy(member)}</Td>
              <Td className="w-0 whitespace-nowrap text-right">
                {mayHandOver && member.id !== personId && (
                  <OfferOwnership experimentId={experimentId} member={member} refresh={refresh} />
                )}
                {(mayChangeRole(member.role, roles) ||
                  (member.id === personId && member.role !== 'owner')) && (
                  <RemoveMember place={place} member={member} refresh={refresh} />
                )}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
      {members.loadMore && (
        <div className="border-t px-3 py-2">
          <Button size="sm" busy={members.isLoading} onClick={members.loadMore}>
            Show more people
          </Button>
        </div>
      )}
    </div>
  );
}
