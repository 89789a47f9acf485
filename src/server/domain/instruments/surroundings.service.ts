import type { Database } from '../../db/client.ts';
import { facilityAllowance } from '../accounting/facility-allowance.ts';
import type { ServiceContext } from '../context.ts';
import { storedSince } from './arriving.repository.ts';
import { requireCockpit } from './cockpit.policy.ts';
import { type DetectorRow, listDetectors } from './detector.repository.ts';
import {
  type HostedExperiments,
  inProcessing,
  runningAside,
  upcoming,
} from './hosted-experiments.repository.ts';
import { startOfDay } from './start-of-day.ts';

const MOST_EXPERIMENTS = 5;
const MOST_DETECTORS = 20;

/** What surrounds the measurement and changes by the hour, where the cockpit's view changes by the second. */
export interface CockpitSurroundings {
  /** The server's clock. */
  at: Date;
  experiments: {
    upcoming: HostedExperiments;
    /** Running, not the active one. */
    running: HostedExperiments;
    processing: HostedExperiments;
  };
  /** Those seen last first. */
  detectors: DetectorRow[];
  /** Stored since midnight at the facility. */
  today: { files: number; bytes: number };
  /** What the whole facility keeps and may use; null for members. */
  allowance: Awaited<ReturnType<typeof facilityAllowance>> | null;
}

export function createSurroundings({ db }: { db: Database }) {
  return {
    /** For whom the cockpit is; members are told of their own experiments alone. */
    async surroundings(ctx: ServiceContext, input: { slug: string }): Promise<CockpitSurroundings> {
      const { row, scope, isWhole } = await requireCockpit(db, ctx, input.slug);
      const { at } = scope;
      const [next, running, processing, detectors, today, allowance] = await Promise.all([
        upcoming(db, scope, MOST_EXPERIMENTS),
        runningAside(db, scope, MOST_EXPERIMENTS),
        inProcessing(db, scope, MOST_EXPERIMENTS),
        listDetectors(db, scope.instrumentId, MOST_DETECTORS),
        storedSince(db, scope, startOfDay(at, row.facility.timeZone)),
        isWhole ? facilityAllowance(db, row.facility.id, at) : null,
      ]);
      return { at, experiments: { upcoming: next, running, processing }, detectors, today, allowance };
    },
  };
}
