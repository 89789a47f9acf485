'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { NewToken } from './new-token.tsx';

function TokenList({ refresh }: { refresh: () => Promise<unknown> }) {
  const trpc = useTRPC();
  const tokens = useQuery(trpc.tokens.list.queryOptions());
  const revoke = useMutation(trpc.tokens.revoke.mutationOptions({ onSettled: refresh }));
  if (tokens.isPending) return <SkeletonRows rows={2} />;
  if (tokens.isError) return <ErrorState error={tokens.error} retry={() => void tokens.refetch()} />;
  if (tokens.data.length === 0) {
    return (
      <EmptyState title="No access tokens">
        Programs act for you with one, such as <span className="font-mono">beamdeck-sync pull</span>, which
        brings data home.
      </EmptyState>
    );
  }
  return (
    <ul className="divide-y">
      {tokens.data.map((token) => (
        <li key={token.tokenId} className="flex items-center gap-3 px-3 py-2.5">
          <KeyRound className="size-4 shrink-0 text-ink-faint" aria-hidden />
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-2 font-medium text-sm">
              <span className="break-words">{token.name}</span>
              {token.scopes.map((scope) => (
                <Badge key={scope}>{scope}</Badge>
              ))}
              {token.experimentCode && <Badge>only {token.experimentCode}</Badge>}
              {token.isExpired && <Badge tone="warn">expired</Badge>}
            </div>
            <div className="text-ink-faint text-xs">
              {token.lastUsedAt ? (
                <>
                  last used <RelativeTime at={token.lastUsedAt} />
                </>
              ) : (
                'never used'
              )}
              , {token.isExpired ? 'ended' : 'ends'} <RelativeTime at={token.expiresAt} />
            </div>
          </div>
          <div className="ml-auto">
            <ConfirmDialog
              title={`Revoke “${token.name}”?`}
              action="Revoke"
              onConfirm={async () => {
                await revoke.mutateAsync({ tokenId: token.tokenId });
                toast.done(`“${token.name}” opens nothing any more.`);
              }}
              trigger={
                <Button size="sm" aria-label={`Revoke ${token.name}`}>
                  Revoke
                </Button>
              }
            >
              Programs that use it are refused from now on. This cannot be undone; a new token can be made.
            </ConfirmDialog>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** What programs of this person act with: made, shown once, listed and revoked here. */
export function AccessTokens() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries(trpc.tokens.list.queryFilter());
  return (
    <Card>
      <CardHeader title="Access tokens" hint="Programs act with them for you, with no more than you may do">
        <NewToken refresh={refresh} />
      </CardHeader>
      <TokenList refresh={refresh} />
    </Card>
  );
}
