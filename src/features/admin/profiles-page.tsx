'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Cpu } from 'lucide-react';
import { exactBytes, formatBytes } from '#src/components/format.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Table, Td, Th, Tr } from '#src/components/ui/table.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { ProfileView } from '#src/server/domain/accounting/accounting.types.ts';
import { AdminPage, useAdminFacility } from './admin-frame.tsx';
import { NewProfile } from './new-profile.tsx';

function ProfileRow({ profile, onRetire }: { profile: ProfileView; onRetire: () => Promise<unknown> }) {
  return (
    <Tr className={profile.retiredAt ? 'text-ink-faint' : undefined}>
      <Td className="font-medium">
        {profile.name}
        {profile.gpu && <span className="block text-ink-faint text-xs sm:hidden">{profile.gpu}</span>}
      </Td>
      <Td className="text-right tabular-nums">{profile.cpus}</Td>
      <Td className="text-right tabular-nums" title={exactBytes(profile.memoryBytes)}>
        {formatBytes(profile.memoryBytes)}
      </Td>
      <Td className="max-sm:hidden">{profile.gpu ?? <span className="text-ink-faint">none</span>}</Td>
      <Td className="text-right tabular-nums">{profile.priceMilli / 1000}</Td>
      <Td className="text-right">
        {profile.retiredAt ? (
          <span className="text-xs">
            retired <RelativeTime at={profile.retiredAt} />
          </span>
        ) : (
          <ConfirmDialog
            title={`Retire “${profile.name}”?`}
            action="Retire"
            onConfirm={onRetire}
            trigger={
              <Button size="sm" aria-label={`Retire ${profile.name}`}>
                Retire
              </Button>
            }
          >
            Nothing new can be started with it. What runs goes on, and past runs keep their price. A new
            profile may take its name.
          </ConfirmDialog>
        )}
      </Td>
    </Tr>
  );
}

/** Sizes that software runs in. */
export function ProfilesPage() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { facilityId } = useAdminFacility();
  const list = useQuery(trpc.profiles.list.queryOptions({ facilityId }));
  const refresh = () => queries.invalidateQueries(trpc.profiles.pathFilter());
  const retire = useMutation(trpc.profiles.retire.mutationOptions({ onSettled: refresh }));
  const body = () => {
    if (list.isPending) return <SkeletonRows rows={4} />;
    if (list.isError) return <ErrorState error={list.error} retry={() => void list.refetch()} />;
    if (list.data.length === 0) {
      return (
        <EmptyState icon={Cpu} title="No profiles yet" action={<NewProfile />}>
          A profile is a size that people choose for what they run: so many CPUs, so much memory, perhaps a
          GPU, at a price in CPU hours.
        </EmptyState>
      );
    }
    return (
      <div className="relative overflow-x-auto">
        <Table>
          <thead>
            <tr>
              <Th>Name</Th>
              <Th className="text-right">CPUs</Th>
              <Th className="text-right">Memory</Th>
              <Th className="max-sm:hidden">GPU</Th>
              <Th className="text-right">
                <span className="max-sm:hidden">CPU hours per hour</span>
                <span className="sm:hidden">CPU h per h</span>
              </Th>
              <Th />
            </tr>
          </thead>
          <tbody>
            {list.data.map((profile) => (
              <ProfileRow
                key={profile.profileId}
                profile={profile}
                onRetire={async () => {
                  await retire.mutateAsync({ profileId: profile.profileId });
                  toast.done(`“${profile.name}” is retired`);
                }}
              />
            ))}
          </tbody>
        </Table>
      </div>
    );
  };
  return (
    <AdminPage
      title="Profiles"
      about="Sizes that software runs in. A profile never changes once it is made, so that what was paid stays true: retire it and make another."
      actions={<NewProfile />}
    >
      <Card>{body()}</Card>
    </AdminPage>
  );
}
