'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Crown, UserPlus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import type { ReactNode } from 'react';
import { Deadline } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useLive, useProfile, useTRPC } from '#src/features/shell/index.ts';

function Question({
  icon,
  children,
  yes,
  busy,
  onYes,
  onNo,
}: {
  icon: ReactNode;
  children: ReactNode;
  yes: string;
  busy: boolean;
  onYes: () => void;
  onNo: () => void;
}) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-3 py-2 text-sm">
      {icon}
      <p className="min-w-0 flex-1 basis-56">{children}</p>
      <div className="flex gap-2">
        <Button size="sm" look="primary" busy={busy} onClick={onYes}>
          {yes}
        </Button>
        <Button size="sm" disabled={busy} onClick={onNo}>
          Decline
        </Button>
      </div>
    </li>
  );
}

/** Above every page: what waits for this person's answer. Nothing when nothing does. */
export function MyInvitations() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const { personId } = useProfile();
  const invitations = useQuery(trpc.invitations.mine.queryOptions());
  const offers = useQuery(trpc.members.ownershipOffersToMe.queryOptions());
  const refresh = () => {
    void queryClient.invalidateQueries(trpc.invitations.mine.queryFilter());
    void queryClient.invalidateQueries(trpc.members.ownershipOffersToMe.queryFilter());
  };
  useLive([`person:${personId}`], ({ kind }) => {
    if (kind === 'invitation.changed' || kind === 'member.changed') refresh();
  });
  const answered = {
    onError: (error: unknown) => toast.failed(error),
    onSettled: refresh,
  };
  const accept = useMutation(
    trpc.invitations.acceptMine.mutationOptions({
      ...answered,
      onSuccess: ({ code, kind }) => {
        void queryClient.invalidateQueries();
        router.push(`/${kind}s/${code}`);
      },
    }),
  );
  const decline = useMutation(trpc.invitations.decline.mutationOptions(answered));
  const take = useMutation(
    trpc.members.acceptOwnership.mutationOptions({
      ...answered,
      onSuccess: ({ experimentCode }) => {
        toast.done(`You own ${experimentCode} now`);
        void queryClient.invalidateQueries();
      },
    }),
  );
  const leave = useMutation(trpc.members.declineOwnership.mutationOptions(answered));
  const busy = accept.isPending || decline.isPending || take.isPending || leave.isPending;

  const [asked, offered] = [invitations.data ?? [], offers.data ?? []];
  if (asked.length === 0 && offered.length === 0) return null;
  return (
    <section aria-label="Waiting for your answer" className="shrink-0 border-b bg-accent/8">
      <ul className="divide-y">
        {asked.map(({ invitationId, inviterName, code, kind, instrumentName, role, expiresAt }) => (
          <Question
            key={invitationId}
            icon={<UserPlus className="size-4 shrink-0 text-accent" aria-hidden />}
            yes={`Join ${code}`}
            busy={busy}
            onYes={() => accept.mutate({ invitationId })}
            onNo={() => decline.mutate({ invitationId })}
          >
            {inviterName} invites you to the {kind} <span className="font-mono">{code}</span>
            {instrumentName && ` at ${instrumentName}`} as {role}. You can accept until{' '}
            <Deadline at={expiresAt} />.
          </Question>
        ))}
        {offered.map(({ offerId, experimentCode, from, expiresAt }) => (
          <Question
            key={offerId}
            icon={<Crown className="size-4 shrink-0 text-accent" aria-hidden />}
            yes={`Become Owner of ${experimentCode}`}
            busy={busy}
            onYes={() => take.mutate({ offerId })}
            onNo={() => leave.mutate({ offerId })}
          >
            {from.name} offers you the ownership of <span className="font-mono">{experimentCode}</span>;{' '}
            {from.name} becomes a Manager. You can accept until <Deadline at={expiresAt} />.
          </Question>
        ))}
      </ul>
    </section>
  );
}
