import { labsRouter, licencesRouter, profilesRouter } from './routers/accounting.router.ts';
import { agentsRouter } from './routers/agents.router.ts';
import { alarmsRouter } from './routers/alarms.router.ts';
import { auditRouter } from './routers/audit.router.ts';
import { cockpitRouter } from './routers/cockpit.router.ts';
import { datasetsRouter } from './routers/datasets.router.ts';
import { deletionsRouter } from './routers/deletions.router.ts';
import { experimentsRouter } from './routers/experiments.router.ts';
import { facilitiesRouter } from './routers/facilities.router.ts';
import { filesRouter } from './routers/files.router.ts';
import { instrumentsRouter } from './routers/instruments.router.ts';
import { invitationsRouter } from './routers/invitations.router.ts';
import { jobsRouter } from './routers/jobs.router.ts';
import { liveRouter } from './routers/live.router.ts';
import { mailRouter } from './routers/mail.router.ts';
import { meRouter } from './routers/me.router.ts';
import { membersRouter } from './routers/members.router.ts';
import { notificationsRouter } from './routers/notifications.router.ts';
import { projectsRouter } from './routers/projects.router.ts';
import { templatesRouter } from './routers/templates.router.ts';
import { tokensRouter } from './routers/tokens.router.ts';
import { triggersRouter } from './routers/triggers.router.ts';
import { uploadsRouter } from './routers/uploads.router.ts';
import { createCallerFactory, router } from './trpc.ts';

/** One line per area; each router lives in `routers/<area>.router.ts`. */
export const appRouter = router({
  agents: agentsRouter,
  alarms: alarmsRouter,
  audit: auditRouter,
  cockpit: cockpitRouter,
  datasets: datasetsRouter,
  deletions: deletionsRouter,
  experiments: experimentsRouter,
  facilities: facilitiesRouter,
  files: filesRouter,
  instruments: instrumentsRouter,
  invitations: invitationsRouter,
  jobs: jobsRouter,
  labs: labsRouter,
  licences: licencesRouter,
  live: liveRouter,
  mail: mailRouter,
  me: meRouter,
  members: membersRouter,
  notifications: notificationsRouter,
  profiles: profilesRouter,
  projects: projectsRouter,
  templates: templatesRouter,
  tokens: tokensRouter,
  triggers: triggersRouter,
  uploads: uploadsRouter,
});

export type AppRouter = typeof appRouter;
/** Calls procedures without HTTP, for tests: `createCaller({ services, caller, ip })`. */
export const createCaller = createCallerFactory(appRouter);
