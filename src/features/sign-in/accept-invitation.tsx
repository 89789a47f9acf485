'use client';
import { useMutation } from '@tanstack/react-query';
import { Button } from '#src/components/ui/button.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

/** For somebody who is signed in: joins. `asMyself`: the invitation was sent to somebody else, and this person says that they take it. */
export function AcceptInvitation({
  token,
  code,
  asMyself,
  name,
}: {
  token: string;
  code: string;
  asMyself: boolean;
  name: string;
}) {
  const trpc = useTRPC();
  const accept = useMutation(
    trpc.invitations.accept.mutationOptions({
      onSuccess: (joined) => window.location.assign(`/${joined.kind}s/${joined.code}`),
    }),
  );
  return (
    <div className="grid gap-3">
      <FormFault error={accept.error} />
      <Button
        look="primary"
        size="lg"
        busy={accept.isPending || accept.isSuccess}
        onClick={() => accept.mutate({ token, asMyself })}
      >
        {asMyself ? `Join ${code} as ${name}` : `Join ${code}`}
      </Button>
    </div>
  );
}
