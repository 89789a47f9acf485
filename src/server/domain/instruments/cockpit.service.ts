import type { Alarm } from '../../../shared/model/alarms.ts';
import { type LatencySummary, summariseLatency } from '../../../shared/model/latency.ts';
import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { rolesIn } from '../experiments/experiment.policy.ts';
import type { ExperimentView } from '../experiments/experiment.types.ts';
import { toView } from '../experiments/experiment-view.ts';
import type { MembersService } from '../experiments/members.service.ts';
import { type CockpitTrigger, triggersOf } from '../triggers/triggers.service.ts';
import { type ArrivingRow, countOthersReceiving, measuredSince } from './arriving.repository.ts';
import { type ArrivingFileRow, countOthersFiles, listArrivingFiles } from './arriving-files.repository.ts';
import { requireCockpit } from './cockpit.policy.ts';
import { type FoldedReport, foldedReports, unassignedTray } from './cockpit.repository.ts';
import type { CockpitAgent } from './cockpit-agents.ts';
import { alarmsFrom, type CockpitFacts, cockpitFacts, LATENCY_WINDOW_MS } from './cockpit-facts.ts';
import {
  type CockpitJobRow,
  type ComputeInUse,
  computeInUse,
  listCockpitJobs,
} from './cockpit-jobs.repository.ts';
import { type HostedExperiment, lastActive } from './hosted-experiments.repository.ts';
import type { InstrumentRow } from './instrument.repository.ts';
import { spotsPerFrame } from './spot-line.repository.ts';
import type { SpotLine } from './spot-line.ts';
import { startOfDay, startOfNextDay } from './start-of-day.ts';
import { createSurroundings } from './surroundings.service.ts';
import { createWall } from './wall.service.ts';

const HOUR_MS = 3600 * 1000;
const JOBS_WINDOW_MS = 12 * HOUR_MS;
const MOST_JOBS = 8;
const REPORT_WINDOW_MS = 24 * HOUR_MS;
const MOST_REPORTS = 50;
const MOST_UNASSIGNED = 20;
const MOST_PEOPLE = 12;
const MOST_FILES = 5;
const OTHERS_FILES_WINDOW_MS = 60 * 1000;

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
    /** The first of its people; `total` are in it. */
    people: Awaited<ReturnType<MembersService['first']>>;
  } | null;
  /** Where none is active: the one that was, and until when. */
  last: (HostedExperiment & { endedAt: Date }) | null;
  /** What there is of other groups, without a name; nothing of it for staff, who see it. `files`: without a dataset, in the last minute. */
  others: { isActive: boolean; receiving: number; files: number; compute: ComputeInUse };
  arriving: ArrivingRow[];
  /** The newest files without a dataset, the newest first. */
  arrivingFiles: ArrivingFileRow[];
  /** The one of `arriving` whose frames came into the store last, when, and its spots; null when none has frames there. */
  newestFrame: { datasetId: string; committedAt: Date; spots: SpotLine | null } | null;
  latency: LatencySummary & { windowMs: number; recent: { at: Date; latencyMs: number }[] };
  /** From midnight to midnight at the facility: 23 or 25 hours where the clocks change. */
  today: { since: Date; until: Date; datasets: number; frames: number };
  jobs: CockpitJobRow[];
  compute: ComputeInUse;
  /** What the instrument starts by itself. */
  triggers: CockpitTrigger[];
  reports: FoldedReport[];
  unassigned: Awaited<ReturnType<typeof unassignedTray>>;
}

const latencyOf = (latencies: CockpitFacts['latencies']): CockpitView['latency'] => ({
  ...summariseLatency(latencies.map((sample) => sample.latencyMs)),
  windowMs: LATENCY_WINDOW_MS,
  recent: latencies
    .slice(0, 200)
    .reverse()
    .map((sample) => ({ at: sample.committedAt, latencyMs: Math.max(0, sample.latencyMs) })),
});

export function createCockpitService({
  db,
  members,
}: {
  db: Database;
  members: Pick<MembersService, 'first'>;
}) {
  /** The active experiment with its people, as the caller sees it. */
  async function activeView(
    ctx: ServiceContext,
    { experiment, since }: NonNullable<CockpitFacts['active']>,
    instrument: InstrumentRow,
  ): Promise<CockpitView['active']> {
    const experimentId = experiment.id;
    const [roles, people] = await Promise.all([
      rolesIn(db, ctx, experimentId),
      members.first(ctx, { experimentId, limit: MOST_PEOPLE }),
    ]);
    return { experiment: toView(experiment, instrument, since, roles), since, people };
  }

  /** How much comes in for others. */
  async function othersArriving(instrumentId: string, ownIds: readonly string[], at: Date) {
    const since = new Date(at.getTime() - OTHERS_FILES_WINDOW_MS);
    const [receiving, files] = await Promise.all([
      countOthersReceiving(db, instrumentId, ownIds),
      countOthersFiles(db, instrumentId, ownIds, since),
    ]);
    return { receiving, files };
  }

  return {
    ...createSurroundings({ db }),
    ...createWall({ db }),

    /**
     * Everything of a cockpit that changes by the second, at one moment. Staff of the instrument see the whole; members of its experiments
     * their own part; for everybody else there is no such instrument.
     */
    async view(ctx: ServiceContext, input: { slug: string }): Promise<CockpitView> {
      const { row, scope, isWhole } = await requireCockpit(db, ctx, input.slug);
      const { at, instrumentId } = scope;
      const dayStart = startOfDay(at, row.facility.timeZone);
      const ago = (ms: number) => new Date(at.getTime() - ms);
      const [facts, today, jobs, compute, triggers, reports, unassigned, arrivingFiles, others] =
        await Promise.all([
          cockpitFacts(db, scope),
          measuredSince(db, scope, dayStart),
          listCockpitJobs(db, scope, ago(JOBS_WINDOW_MS), MOST_JOBS),
          computeInUse(db, scope),
          triggersOf(db, instrumentId),
          isWhole ? foldedReports(db, instrumentId, ago(REPORT_WINDOW_MS), MOST_REPORTS) : [],
          isWhole ? unassignedTray(db, instrumentId, MOST_UNASSIGNED) : { items: [], total: 0, files: 0 },
          listArrivingFiles(db, scope, MOST_FILES),
          isWhole ? { receiving: 0, files: 0 } : othersArriving(instrumentId, row.experimentIds, at),
        ]);
      const [active, last, spots] = await Promise.all([
        facts.active && activeView(ctx, facts.active, row.instrument),
        facts.active ? null : lastActive(db, scope),
        facts.newestFrame && spotsPerFrame(db, facts.newestFrame.datasetId),
      ]);
      const { id, slug, name, description, promiseMs } = row.instrument;
      return {
        at,
        instrument: { id, slug, name, description, promiseMs },
        facility: { code: row.facility.code, name: row.facility.name, timeZone: row.facility.timeZone },
        scope: isWhole ? 'whole' : 'own',
        agents: facts.agents,
        alarms: isWhole ? alarmsFrom(facts, row.instrument, at) : [],
        active,
        last,
        others: { isActive: facts.isOthersActive, ...others, compute: compute.others },
        arriving: facts.arriving,
        arrivingFiles,
        newestFrame: facts.newestFrame && { ...facts.newestFrame, spots },
        latency: latencyOf(facts.latencies),
        today: { since: dayStart, until: startOfNextDay(at, row.facility.timeZone), ...today },
        jobs,
        compute: compute.own,
        triggers: isWhole ? triggers : triggers.map((trigger) => ({ ...trigger, switchedByName: null })),
        reports,
        unassigned,
      };
    },
  };
}

export type CockpitService = ReturnType<typeof createCockpitService>;
