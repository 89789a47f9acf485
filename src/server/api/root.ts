import { agentsRouter } from './routers/agents.router.ts';
import { cockpitRouter } from './routers/cockpit.router.ts';
import { datasetsRouter } from './routers/datasets.router.ts';
import { experimentsRouter } from './routers/experiments.router.ts';
import { filesRouter } from './routers/files.router.ts';
import { instrumentsRouter } from './routers/instruments.router.ts';
import { jobsRouter } from './routers/jobs.router.ts';
import { liveRouter } from './routers/live.router.ts';
import { meRouter } from './routers/me.router.ts';
import { tokensRouter } from './routers/tokens.router.ts';
import { createCallerFactory, router } from './trpc.ts';

/** One line per area; each router lives in `routers/<area>.router.ts`. */
export const appRouter = router({
  agents: agentsRouter,
  cockpit: cockpitRouter,
  datasets: datasetsRouter,
  experiments: experimentsRouter,
  files: filesRouter,
  instruments: instrumentsRouter,
  jobs: jobsRouter,
  live: liveRouter,
  me: meRouter,
  tokens: tokensRouter,
});

export type AppRouter = typeof appRouter;
/** Calls procedures without HTTP, for tests: `createCaller({ services, caller, ip })`. */
export const createCaller = createCallerFactory(appRouter);
