import { AppError } from '../../../shared/errors/app-error.ts';
import { type Alarm, alarmsOf } from '../../../shared/model/alarms.ts';
import { type LatencySummary, summariseLatency } from '../../../shared/model/latency.ts';
import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { rolesIn } from '../experiments/experiment.policy.ts';
import type { ExperimentView } from '../experiments/experiment.types.ts';
import { toView } from '../experiments/experiment-view.ts';
import type { MembersService } from '../experiments/members.service.ts';
import {
  type ArrivingRow,
  arrivedSince,
  type CockpitScope,
  type FoldedReport,
  foldedReports,
  listArriving,
  listCockpitJobs,
  newestStored,
  recentLatencies,
  unassignedTray,
} from './cockpit.repository.ts';
import { type CockpitAgent, cockpitAgents } from './cockpit-agents.ts';
import { activeExperiments, type InstrumentRow, listReachable } from './instrument.repository.ts';
import { startOfDay } from './start-of-day.ts';

const HOUR_MS = 3600 * 1000;
const LATENCY_WINDOW_MS = HOUR_MS;
const LATENCY_FILES = 2000;
const REPORT_WINDOW_MS = 24 * HOUR_MS;

export type { CockpitAgent } from './cockpit-agents.ts';

export interface CockpitView {
  /** The server's clock when this was put together, so that "3 s ago" does not depend on the browser's. */
  at: Date;
  instrument: Pick<InstrumentRow, 'id' | 'slug' | 'name' | 'description' | 'promiseMs'>;
  facility: { code: string; name: string; timeZone: string };
  /** `whole` for staff; `own` for members: only what belongs to their experiments, no reports, no unassigned data. */
  scope: 'whole' | 'own';
  agents: CockpitAgent[];
  /** What staff should look at now, the worst first; none for members. */
  alarms: Alarm[];
  active: {
    experiment: ExperimentView;
    since: Date;
    members: Awaited<ReturnType<MembersService['list']>>;
  } | null;
  arriving: ArrivingRow[];
  /** The one of `arriving` whose frames came into the store last, and when; null when none has frames there. */
  newestFrame: { datasetId: string; committedAt: Date } | null;
  latency: LatencySummary & { windowMs: number; recent: { at: Date; latencyMs: number }[] };
  /** Since midnight at the facility. */
  today: { since: Date; files: number; bytes: number; frames: number; datasets: number };
  jobs: Awaited<ReturnType<typeof listCockpitJobs>>;
  reports: FoldedReport[];
  unassigned: Awaited<ReturnType<typeof unassignedTray>>;
}

export function createCockpitService({
  db,
  members,
}: {
  db: Database;
  members: Pick<MembersService, 'list'>;
}) {
  return {
    /**
     * Everything a cockpit shows, at one moment. Staff of the instrument see the whole; members of its experiments their own
     * part; for everybody else there is no such instrument.
     */
    async view(ctx: ServiceContext, input: { slug: string }): Promise<CockpitView> {
      if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      const hidden = new AppError('NOT_FOUND', 'There is no such instrument, or it is not yours to see.');
      if (ctx.principal.kind === 'agent' || ctx.principal.kind === 'token') throw hidden;
      const personId = ctx.principal.kind === 'person' ? ctx.principal.personId : null;
      const [row] = await listReachable(db, personId, input.slug);
      if (!row) throw hidden;
      const whole = row.isStaff || personId === null;
      if (!whole && row.experimentIds.length === 0) {
        throw new AppError(
          'NOT_ALLOWED',
          'The cockpit is for staff of the instrument and members of its experiments.',
        );
      }

      const { id, slug, name, description, promiseMs } = row.instrument;
      const scope: CockpitScope = { instrumentId: id, experimentIds: whole ? null : row.experimentIds };
      const at = ctx.now();
      const dayStart = startOfDay(at, row.facility.timeZone);
      const [activeNow, arriving, latencies, today, jobs, reports, unassigned] = await Promise.all([
        activeExperiments(db, [id]),
        listArriving(db, scope, 8),
        recentLatencies(db, scope, new Date(at.getTime() - LATENCY_WINDOW_MS), LATENCY_FILES),
        arrivedSince(db, scope, dayStart),
        listCockpitJobs(db, scope, 8),
        whole ? foldedReports(db, id, new Date(at.getTime() - REPORT_WINDOW_MS), 50) : [],
        whole ? unassignedTray(db, id, 20) : { items: [], total: 0, files: 0 },
      ]);
      const arrivingIds = arriving.map((dataset) => dataset.id);
      const [agents, newestFrame] = await Promise.all([
        cockpitAgents(db, scope, new Set(arrivingIds), at),
        newestStored(db, arrivingIds),
      ]);

      const found = activeNow[0];
      let active: CockpitView['active'] = null;
      if (found && (whole || row.experimentIds.includes(found.experiment.id))) {
        const experimentId = found.experiment.id;
        const [roles, people] = await Promise.all([
          rolesIn(db, ctx, experimentId),
          members.list(ctx, { experimentId }),
        ]);
        active = {
          experiment: toView(found.experiment, row.instrument, found.since, roles),
          since: found.since,
          members: people,
        };
      }

      return {
        at,
        instrument: { id, slug, name, description, promiseMs },
        facility: { code: row.facility.code, name: row.facility.name, timeZone: row.facility.timeZone },
        scope: whole ? 'whole' : 'own',
        agents,
        alarms: whole
          ? alarmsOf({
              ...{ now: at, promiseMs, latencies, agents, datasets: arriving },
              active: active?.experiment ?? null,
            })
          : [],
        active,
        arriving,
        newestFrame,
        latency: {
          ...summariseLatency(latencies.map((sample) => sample.latencyMs)),
          windowMs: LATENCY_WINDOW_MS,
          recent: latencies
            .slice(0, 200)
            .reverse()
            .map((sample) => ({ at: sample.committedAt, latencyMs: Math.max(0, sample.latencyMs) })),
        },
        today: { since: dayStart, ...today },
        jobs,
        reports,
        unassigned,
      };
    },
  };
}

export type CockpitService = ReturnType<typeof createCockpitService>;
