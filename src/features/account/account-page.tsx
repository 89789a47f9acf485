'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { LogOut, Monitor } from 'lucide-react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { NotificationPreferencesCard } from '#src/features/notifications/index.ts';
import { useProfile, useTRPC } from '#src/features/shell/index.ts';
import { AccessTokens } from '#src/features/tokens/index.ts';
import { browserName } from './browser-name.ts';
import { OwnAddressCard } from './own-address.tsx';
import { OwnLicencesCard } from './own-licences.tsx';
import { SignInWaysCard } from './sign-in-ways.tsx';

function SessionList() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const sessions = useQuery(trpc.me.sessions.queryOptions());
  const revoke = useMutation(
    trpc.me.revokeSession.mutationOptions({
      onSuccess: () => {
        toast.done('That session has ended.');
        return queries.invalidateQueries(trpc.me.sessions.queryFilter());
      },
    }),
  );
  if (sessions.isPending) return <SkeletonRows rows={3} />;
  if (sessions.isError) return <ErrorState error={sessions.error} retry={() => void sessions.refetch()} />;
  return (
    <ul className="divide-y">
      {sessions.data.map((session) => (
        <li key={session.sessionId} className="flex items-center gap-3 px-3 py-2.5">
          <Monitor className="size-4 shrink-0 text-ink-faint" aria-hidden />
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-2 font-medium text-sm">
              <span title={session.userAgent ?? undefined}>{browserName(session.userAgent)}</span>
              {session.current && <Badge tone="ok">this browser</Badge>}
            </div>
            <div className="text-ink-faint text-xs">
              last seen <RelativeTime at={session.lastSeenAt} />, signed in{' '}
              <RelativeTime at={session.createdAt} />
              {session.ip && (
                <>
                  {' from '}
                  <span className="font-mono">{session.ip}</span>
                </>
              )}
            </div>
          </div>
          {!session.current && (
            <Button
              size="sm"
              className="ml-auto"
              busy={revoke.isPending && revoke.variables.sessionId === session.sessionId}
              onClick={() =>
                revoke.mutate({ sessionId: session.sessionId }, { onError: (error) => toast.failed(error) })
              }
            >
              End
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

export function AccountPage() {
  const profile = useProfile();
  const trpc = useTRPC();
  const endAll = useMutation(trpc.me.revokeAllSessions.mutationOptions());
  return (
    <div className="mx-auto grid w-full max-w-3xl grid-cols-1 gap-4 p-4 lg:p-6">
      <h1 className="sr-only">Account</h1>
      <Card>
        <CardHeader title="You" />
        <CardBody className="grid gap-x-6 gap-y-1 text-sm sm:grid-cols-[8rem_1fr]">
          <span className="text-ink-faint">Name</span>
          <span>{profile.name}</span>
          <span className="text-ink-faint">E-mail</span>
          <span>{profile.email}</span>
          <span className="text-ink-faint">Roles</span>
          <span className="flex flex-wrap gap-1.5">
            {profile.isAdmin && <Badge>admin of {profile.facility?.name ?? 'the facility'}</Badge>}
            {profile.instruments.map((instrument) => (
              <Badge key={instrument.id}>staff of {instrument.name}</Badge>
            ))}
            {!profile.isAdmin && profile.instruments.length === 0 && 'as a member of experiments'}
          </span>
        </CardBody>
      </Card>
      <OwnLicencesCard />
      <OwnAddressCard />
      <SignInWaysCard />
      <NotificationPreferencesCard />
      <Card>
        <CardHeader title="Where you are signed in" hint="Sessions end by themselves after two weeks">
          <ConfirmDialog
            title="Sign out everywhere?"
            action="Sign out everywhere"
            onConfirm={async () => {
              await endAll.mutateAsync({ keepThis: false });
              window.location.assign('/sign-in');
            }}
            trigger={
              <Button size="sm" look="danger">
                <LogOut aria-hidden /> Sign out everywhere
              </Button>
            }
          >
            Every browser where you are signed in, this one too, will ask you to sign in again. Jobs and
            uploads go on.
          </ConfirmDialog>
        </CardHeader>
        <SessionList />
      </Card>
      <AccessTokens />
    </div>
  );
}
