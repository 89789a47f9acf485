import type { z } from 'zod';
import type { DetectorStatus, heartbeatRequestSchema } from '../../../shared/contracts/agent-api.ts';
import { onServerClock } from '../../../shared/model/agent-times.ts';
import type { Queryable } from '../../db/client.ts';
import { type AgentView, type AgentWithStatus, agentsOf } from '../agents/agent-view.ts';
import { codesOf } from './cockpit.repository.ts';
import type { CockpitScope } from './cockpit-scope.repository.ts';

type Heartbeat = z.output<typeof heartbeatRequestSchema>;

/** What an agent told of itself, as far as a cockpit shows it, with its times on the server's clock. */
export type CockpitStatus = Pick<
  Heartbeat,
  | 'startedAt'
  | 'clock'
  | 'buffer'
  | 'queue'
  | 'rates'
  | 'lastError'
  | 'machine'
  | 'bufferLastsS'
  | 'uploads'
  | 'controlRevision'
  | 'held'
  | 'folders'
  | 'poisoned'
  | 'poisonedTotal'
>;

export interface CockpitAgent
  extends Pick<AgentView, 'id' | 'kind' | 'name' | 'version' | 'lastSeenAt' | 'uploads' | 'destinations'> {
  /** Both for staff; members are told of no licence. */
  licence: AgentView['licence'];
  waitingLicence: AgentView['waitingLicence'];
  /**
   * Null before the first heartbeat. For members without what may carry names of other groups: folders, poisoned files and the machine are
   * empty, and of held data there is what belongs to their experiments.
   */
  status: CockpitStatus | null;
  detectors: DetectorStatus[];
}

/** What an agent of an older version did not tell is as if it had nothing to tell. */
function statusOf(status: NonNullable<AgentWithStatus['status']>): CockpitStatus {
  const { startedAt, clock, buffer, queue, rates, lastError } = status;
  return {
    startedAt,
    clock,
    buffer,
    queue,
    rates,
    lastError,
    machine: status.machine ?? null,
    bufferLastsS: status.bufferLastsS ?? null,
    uploads: status.uploads ?? null,
    controlRevision: status.controlRevision ?? null,
    held: status.held ?? [],
    folders: status.folders ?? [],
    poisoned: status.poisoned ?? [],
    poisonedTotal: status.poisonedTotal ?? 0,
  };
}

const OTHERS = { lastError: null, machine: null, folders: [], poisoned: [], poisonedTotal: 0 };

function forMembers(
  agent: CockpitAgent,
  ownDatasets: ReadonlySet<string>,
  ownCodes: ReadonlySet<string>,
): CockpitAgent {
  const held = agent.status?.held.filter(
    ({ experimentCode }) => experimentCode !== null && ownCodes.has(experimentCode),
  );
  return {
    ...agent,
    uploads: { ...agent.uploads, byName: null },
    licence: null,
    waitingLicence: null,
    destinations: [],
    status: agent.status && { ...agent.status, ...OTHERS, held: held ?? [] },
    // Messages of errors and running series can carry names of another group's samples.
    detectors: agent.detectors.map((detector) => {
      const own = detector.series?.datasetId != null && ownDatasets.has(detector.series.datasetId);
      return { ...detector, lastError: null, problems: {}, series: own ? detector.series : null };
    }),
  };
}

/** The agents of a cockpit: the whole for staff, for members what is theirs. */
export async function cockpitAgents(
  q: Queryable,
  scope: CockpitScope,
  ownDatasets: ReadonlySet<string>,
  now: Date,
): Promise<CockpitAgent[]> {
  const agents = (await agentsOf(q, scope.instrumentId, now)).map(
    ({ status: told, createdAt: _, ...agent }): CockpitAgent => {
      const status = told && onServerClock(told);
      return { ...agent, status: status && statusOf(status), detectors: status?.detectors ?? [] };
    },
  );
  if (scope.experimentIds === null) return agents;
  const ownCodes = await codesOf(q, scope.experimentIds);
  return agents.map((agent) => forMembers(agent, ownDatasets, ownCodes));
}
