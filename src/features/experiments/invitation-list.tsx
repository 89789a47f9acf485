'use client';
import { useMutation } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { MailCheck, MailQuestion, MailWarning, Send } from 'lucide-react';
import { Deadline, RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useProfile, useTRPC } from '#src/features/shell/index.ts';
import type { AppRouter } from '#src/server/api/root.ts';
import type { GivenRole } from '#src/shared/permissions/permission-table.ts';
import type { Place } from './people-words.ts';

type Invitation = inferRouterOutputs<AppRouter>['invitations']['list'][number];

/** How far its mail has come, where that may be told. */
function MailState({ mail }: Pick<Invitation, 'mail'>) {
  switch (mail?.state) {
    case 'sent':
      return (
        <Badge tone="ok">
          <MailCheck aria-hidden /> mail sent
        </Badge>
      );
    case 'refused':
      return (
        <Badge tone="failed" title={mail.lastError ?? undefined}>
          <MailWarning aria-hidden /> mail refused
        </Badge>
      );
    case 'waiting':
      return (
        <Badge tone={mail.lastError === null ? 'queued' : 'warn'} title={mail.lastError ?? undefined}>
          <Send aria-hidden /> {mail.lastError === null ? 'mail on its way' : 'mail is tried again'}
        </Badge>
      );
    case 'kept':
      return (
        <Badge tone="warn" title="This installation sends no mail: tell the person yourself.">
          <MailQuestion aria-hidden /> not mailed
        </Badge>
      );
    default:
      return null;
  }
}

function Row({
  invitation,
  mayAct,
  refresh,
}: {
  invitation: Invitation;
  mayAct: boolean;
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const { invitationId, to } = invitation;
  const resend = useMutation(
    trpc.invitations.resend.mutationOptions({
      onSuccess: () => toast.done(`The invitation to ${to} is sent again`),
      onError: (error) => toast.failed(error),
      onSettled: refresh,
    }),
  );
  const revoke = useMutation(trpc.invitations.revoke.mutationOptions({ onSettled: refresh }));
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-3 py-2">
      <div className="min-w-0 flex-1 basis-56">
        <div className="flex flex-wrap items-center gap-2 text-sm">
          <span className="break-all font-medium">{to}</span>
          <span className="text-ink-soft">as {invitation.role}</span>
          {invitation.isExpired ? <Badge tone="warn">expired</Badge> : <MailState mail={invitation.mail} />}
        </div>
        <div className="text-ink-faint text-xs">
          invited <RelativeTime at={invitation.sentAt} />
          {invitation.invitedBy && ` by ${invitation.invitedBy.name}`},{' '}
          {invitation.isExpired ? 'ended' : 'ends'} <Deadline at={invitation.expiresAt} />
        </div>
      </div>
      {mayAct && (
        <div className="flex gap-2">
          <Button
            size="sm"
            busy={resend.isPending}
            aria-label={`Send again the invitation to ${to}`}
            onClick={() => resend.mutate({ invitationId })}
          >
            Send again
          </Button>
          <ConfirmDialog
            title={`Withdraw the invitation to ${to}?`}
            action="Withdraw"
            onConfirm={() => revoke.mutateAsync({ invitationId })}
            trigger={
              <Button size="sm" look="quiet" aria-label={`Withdraw the invitation to ${to}`}>
                Withdraw
              </Button>
            }
          >
            Its link stops working at once. The person can be invited again.
          </ConfirmDialog>
        </div>
      )}
    </li>
  );
}

/** Who was asked and has not answered yet. */
export function InvitationList({
  kind,
  invitations,
  givable,
  refresh,
}: {
  kind: Place['kind'];
  invitations: readonly Invitation[];
  givable: readonly GivenRole[];
  refresh: () => void;
}) {
  const { personId } = useProfile();
  if (invitations.length === 0) return null;
  return (
    <Card>
      <CardHeader title="Invited" hint={`Not in the ${kind} until they accept`} />
      <ul className="divide-y">
        {invitations.map((invitation) => (
          <Row
            key={invitation.invitationId}
            invitation={invitation}
            mayAct={givable.includes(invitation.role) || invitation.invitedBy?.personId === personId}
            refresh={refresh}
          />
        ))}
      </ul>
    </Card>
  );
}
