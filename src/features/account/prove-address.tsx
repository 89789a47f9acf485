'use client';
import { useMutation } from '@tanstack/react-query';
import { sentenceOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { useProfile, useTRPC } from '#src/features/shell/index.ts';

/** Where the link of a mail leads that proves an address; a press, not the visit, makes it count, as programs visit links too. */
export function ProveAddress({ token, email }: { token: string; email: string | null }) {
  const trpc = useTRPC();
  const { name } = useProfile();
  const prove = useMutation(
    trpc.me.proveAddress.mutationOptions({ onSuccess: () => window.location.assign('/account') }),
  );
  return (
    <div className="mx-auto w-full max-w-xl p-4 lg:p-6">
      <Card>
        <CardHeader title="Your e-mail address" />
        <CardBody className="grid gap-4 text-sm">
          {email === null ? (
            <>
              <p>
                This link does not work: it was used already, has expired, or was made for another account
                than {name}. Ask for a new one on your account page.
              </p>
              <Button asChild className="justify-self-start">
                <a href="/account">Go to your account</a>
              </Button>
            </>
          ) : (
            <>
              <p>
                From now on {name} signs in with <strong className="font-semibold break-all">{email}</strong>,
                and mails go there.
              </p>
              {prove.error && (
                <p role="alert" className="text-failed">
                  {sentenceOf(prove.error)}
                </p>
              )}
              <Button
                look="primary"
                className="justify-self-start"
                busy={prove.isPending || prove.isSuccess}
                onClick={() => prove.mutate({ token })}
              >
                Yes, this is my address
              </Button>
            </>
          )}
        </CardBody>
      </Card>
    </div>
  );
}
