'use client';

/*
 * Server data in client components:
 *
 *   const trpc = useTRPC();
 *   const list = useQuery(trpc.datasets.list.queryOptions({ experimentId }));
 *   const rename = useMutation(trpc.samples.rename.mutationOptions({ onSuccess: () =>
 *     queryClient.invalidateQueries(trpc.samples.list.queryFilter()) }));
 *
 * `useQuery`, `useMutation`, `useQueryClient` come from @tanstack/react-query. An error that arrives is a TRPCClientError:
 * `appErrorOf(error)` gives its code, sentence and request id; `<ErrorState error={…} retry={…} />` shows it.
 */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  TRPCClientError,
} from '@trpc/client';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import { NuqsAdapter } from 'nuqs/adapters/next/app';
import { type ReactNode, useState } from 'react';
import superjson from 'superjson';
import type { AppRouter } from '#src/server/api/root.ts';

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

const FINAL_STATUS = (status: number) => status >= 400 && status < 500 && status !== 429;

/** A refusal stays a refusal; only faults on the way and of the server are tried again. */
function worthRetrying(failures: number, error: unknown): boolean {
  if (failures >= 3) return false;
  const status = error instanceof TRPCClientError ? error.data?.httpStatus : undefined;
  return typeof status !== 'number' || !FINAL_STATUS(status);
}

function onRefused(error: unknown): void {
  if (!(error instanceof TRPCClientError) || error.data?.app?.code !== 'NOT_SIGNED_IN') return;
  if (window.location.pathname === '/sign-in') return;
  // The session ended (elsewhere, or by time). What was typed stays in the form's own draft; the way back is in the address.
  const here = window.location.pathname + window.location.search;
  window.location.assign(`/sign-in?to=${encodeURIComponent(here)}&ended=1`);
}

function createQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        // Live events tell what changed; asking again on every focus would only add load.
        staleTime: 15_000,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        retry: worthRetrying,
      },
      mutations: { retry: false },
    },
  });
  client.getQueryCache().subscribe((event) => {
    if (event.type === 'updated' && event.action.type === 'error') onRefused(event.action.error);
  });
  client.getMutationCache().subscribe((event) => {
    if (event.type === 'updated' && event.action.type === 'error') onRefused(event.action.error);
  });
  return client;
}

const createClient = () =>
  createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({ url: '/api/trpc', transformer: superjson }),
        false: httpBatchLink({ url: '/api/trpc', transformer: superjson, maxItems: 12, maxURLLength: 6000 }),
      }),
    ],
  });

export function ApiProvider({ children }: { children: ReactNode }) {
  const [queryClient] = useState(createQueryClient);
  const [trpcClient] = useState(createClient);
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
        <NuqsAdapter>{children}</NuqsAdapter>
      </TRPCProvider>
    </QueryClientProvider>
  );
}
