import type { Instrumentation } from 'next';

// Next compiles this file for the edge runtime too, where nothing of ours can load: the conditions are constants to the bundler
// and must stand here.

/** Runs once per web process, before its first request is handled. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { notePeerAddresses } = await import('#src/server/api/peer-address.ts');
  notePeerAddresses();
  const { endStreamsOnSignal } = await import('#src/server/api/end-streams.ts');
  endStreamsOnSignal();
}

/**
 * Faults while a page is rendered: the browser gets a digest (see `src/app/error.tsx`), the log gets digest, request id and cause.
 */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { logPageFault } = await import('#src/server/observability/page-fault-log.ts');
  logPageFault(error, request, context.routePath);
};
