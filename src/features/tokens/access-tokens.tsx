'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { NewToken } from './new-token.tsx';
import { TokenList } from './token-list.tsx';

/** What programs of this person act with: made, shown once, listed and revoked here. */
export function AccessTokens() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const tokens = useQuery(trpc.tokens.list.queryOptions());
  const refresh = () => queries.invalidateQueries(trpc.tokens.list.queryFilter());
  return (
    <Card>
      <CardHeader title="Access tokens" hint="Programs act with them for you, with no more than you may do">
        <NewToken refresh={refresh} />
      </CardHeader>
      {tokens.isPending && <SkeletonRows rows={2} />}
      {tokens.isError && <ErrorState error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.data?.length === 0 && (
        <EmptyState title="No access tokens">
          Programs act for you with one, such as <span className="font-mono">beamdeck-sync pull</span>, which
          brings data home.
        </EmptyState>
      )}
      {tokens.data && <TokenList tokens={tokens.data} refresh={refresh} />}
    </Card>
  );
}
