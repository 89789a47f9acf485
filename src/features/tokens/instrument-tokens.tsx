'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { NewToken } from './new-token.tsx';
import { TokenList } from './token-list.tsx';

/** What the automation of an instrument acts with; its staff make, see and revoke all of it. */
export function InstrumentTokens({ instrument }: { instrument: { id: string; name: string } }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const tokens = useQuery(trpc.tokens.ofInstrument.queryOptions({ instrumentId: instrument.id }));
  const refresh = () => queries.invalidateQueries(trpc.tokens.ofInstrument.queryFilter());
  return (
    <Card>
      <CardHeader
        title="Automation"
        hint="Tokens for programs of the beamline: each may do what its maker may do here as staff, while they are"
      >
        <NewToken refresh={refresh} instrument={instrument} />
      </CardHeader>
      {tokens.isPending && <SkeletonRows rows={2} />}
      {tokens.isError && <ErrorState error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.data?.length === 0 && (
        <EmptyState title="No tokens">
          With one, MXCuBE, Bluesky or a script can do what you do in the cockpit: make and activate
          experiments, say what is measured, start jobs.{' '}
          <a className="underline" href="/api/v1/docs">
            What programs may ask
          </a>
        </EmptyState>
      )}
      {tokens.data && <TokenList tokens={tokens.data} refresh={refresh} />}
    </Card>
  );
}
