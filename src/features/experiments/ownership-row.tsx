'use client';
import { useMutation } from '@tanstack/react-query';
import { Crown } from 'lucide-react';
import { Deadline } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

/** The open offer of the ownership, seen by everybody in the experiment; its Owner may take it back. */
export function OwnershipOffered({
  experimentId,
  offer,
  mayRevoke,
  refresh,
}: {
  experimentId: string;
  offer: { from: { name: string }; to: { name: string }; expiresAt: Date };
  mayRevoke: boolean;
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const revoke = useMutation(
    trpc.members.revokeOwnershipOffer.mutationOptions({
      onError: (error) => toast.failed(error),
      onSettled: refresh,
    }),
  );
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 rounded-lg border border-queued/30 bg-queued/8 px-3 py-2 text-sm">
      <Crown className="size-4 shrink-0 text-queued" aria-hidden />
      <p className="min-w-0 flex-1 basis-64">
        {offer.from.name} offers the ownership to {offer.to.name}; without an answer the offer ends{' '}
        <Deadline at={offer.expiresAt} />.
      </p>
      {mayRevoke && (
        <Button size="sm" busy={revoke.isPending} onClick={() => revoke.mutate({ experimentId })}>
          Take it back
        </Button>
      )}
    </div>
  );
}

/** Offers the ownership to one member. */
export function OfferOwnership({
  experimentId,
  member,
  refresh,
}: {
  experimentId: string;
  member: { id: string; name: string };
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const offer = useMutation(trpc.members.offerOwnership.mutationOptions({ onSettled: refresh }));
  return (
    <ConfirmDialog
      title={`Offer the ownership to ${member.name}?`}
      action="Offer it"
      onConfirm={async () => {
        await offer.mutateAsync({ experimentId, personId: member.id });
        toast.done(`${member.name} has 14 days to accept`);
      }}
      trigger={
        <Button
          look="quiet"
          size="icon-sm"
          aria-label={`Offer the ownership to ${member.name}`}
          title="Offer the ownership"
        >
          <Crown aria-hidden />
        </Button>
      }
    >
      You stay Owner until {member.name} accepts, and are a Manager from then on. Only the new Owner can hand
      it back.
    </ConfirmDialog>
  );
}
