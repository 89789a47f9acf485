import type { Instrumentation } from 'next';

/**
 * Faults while a page is rendered: the browser gets a digest (see `src/app/error.tsx`), the log gets digest, request id and
 * cause. Next compiles this file for the edge runtime too, where nothing of ours can load: the condition is a constant to
 * the bundler and must stand here.
 */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { logPageFault } = await import('#src/server/observability/page-fault-log.ts');
  logPageFault(error, request, context.routePath);
};
