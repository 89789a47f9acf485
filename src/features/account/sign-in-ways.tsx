'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, RectangleEllipsis } from 'lucide-react';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import type { ReactNode } from 'react';
import { sentenceOf } from '#src/components/app-error-of.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { providerPath, providerRefusalSentence } from '#src/features/sign-in/index.ts';
import type { SignInWays } from '#src/server/domain/people/identity.types.ts';
import { OIDC_REFUSALS } from '#src/shared/model/oidc-refusal.ts';

function Way({
  icon,
  name,
  below,
  children,
}: {
  icon: ReactNode;
  name: ReactNode;
  below: ReactNode;
  children?: ReactNode;
}) {
  return (
    <li className="flex items-center gap-3 px-3 py-2.5 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-ink-faint">
      {icon}
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-2 font-medium text-sm">{name}</div>
        <div className="break-words text-ink-faint text-xs">{below}</div>
      </div>
      {children}
    </li>
  );
}

function LinkedWay({ way }: { way: SignInWays['identities'][number] }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const unlink = useMutation(
    trpc.me.unlinkIdentity.mutationOptions({
      onSettled: () => queries.invalidateQueries(trpc.me.signInWays.queryFilter()),
    }),
  );
  return (
    <Way
      icon={<KeyRound aria-hidden />}
      name={
        <>
          {way.provider}
          {!way.isUsable && (
            <Badge tone="warn" title="This installation does not know it any more.">
              not in use
            </Badge>
          )}
        </>
      }
      below={
        <>
          {way.label}, used <RelativeTime at={way.lastUsedAt} />
        </>
      }
    >
      <ConfirmDialog
        title={`Remove ${way.provider}?`}
        action="Remove"
        onConfirm={async () => {
          try {
            await unlink.mutateAsync({ identityId: way.identityId });
          } catch (error) {
            throw new Error(sentenceOf(error));
          }
          toast.done(`${way.provider} does not open your account any more`);
        }}
        trigger={<Button size="sm">Remove</Button>}
      >
        Whoever signs in there as {way.label} does not come into your account any more. Other browsers that
        came in through it are signed out.
      </ConfirmDialog>
    </Way>
  );
}

/** Why linking came to nothing, behind the way back from a provider. */
function Refused({ providers }: { providers: SignInWays['providers'] }) {
  const [refused] = useQueryState('refused', parseAsStringLiteral(OIDC_REFUSALS));
  const [through] = useQueryState('through');
  const provider = providers.find(({ slot }) => slot === through);
  if (!refused || !provider) return null;
  return (
    <p role="alert" className="border-b bg-failed/8 px-3 py-2 text-failed text-sm">
      {providerRefusalSentence(refused, provider.name)}
    </p>
  );
}

/** By what the person signs in: password and linked accounts at providers; shown where there is more than the password. */
export function SignInWaysCard() {
  const trpc = useTRPC();
  const ways = useQuery(trpc.me.signInWays.queryOptions());
  if (ways.data && ways.data.providers.length === 0 && ways.data.identities.length === 0) return null;
  return (
    <Card>
      <CardHeader title="Ways to sign in">
        {ways.data?.providers.map(({ slot, name }) => (
          <Button key={slot} size="sm" asChild>
            <a href={providerPath(slot, '/account')}>Add {name}</a>
          </Button>
        ))}
      </CardHeader>
      {ways.isPending && <SkeletonRows rows={2} />}
      {ways.isError && <ErrorState error={ways.error} retry={() => void ways.refetch()} />}
      {ways.data && (
        <>
          <Refused providers={ways.data.providers} />
          <ul className="divide-y">
            <Way
              icon={<RectangleEllipsis aria-hidden />}
              name="Password"
              below={
                ways.data.hasPassword
                  ? 'With your e-mail address.'
                  : 'None yet. “I do not know my password” on the sign-in page sends you a link to set one.'
              }
            />
            {ways.data.identities.map((way) => (
              <LinkedWay key={way.identityId} way={way} />
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
