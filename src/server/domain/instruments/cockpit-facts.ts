import { type Alarm, alarmsOf } from '../../../shared/model/alarms.ts';
import type { Queryable } from '../../db/client.ts';
import { storageLevelAt } from '../accounting/storage.ts';
import { listArriving, newestStored } from './arriving.repository.ts';
import { recentLatencies } from './cockpit.repository.ts';
import { cockpitAgents } from './cockpit-agents.ts';
import type { CockpitScope } from './cockpit-scope.repository.ts';
import { activeExperiments, type InstrumentRow } from './instrument.repository.ts';

const LATENCY_FILES = 2000;
export const LATENCY_WINDOW_MS = 3600 * 1000;
const MOST_ARRIVING = 8;

/** What arrives at an instrument and how, as far as the scope goes: what cockpit, alarms and wall display are made of. */
export async function cockpitFacts(q: Queryable, scope: CockpitScope) {
  const { at, experimentIds } = scope;
  const [[found], arriving, latencies, storage] = await Promise.all([
    activeExperiments(q, [scope.instrumentId]),
    listArriving(q, scope, MOST_ARRIVING),
    recentLatencies(q, scope, new Date(at.getTime() - LATENCY_WINDOW_MS), LATENCY_FILES),
    experimentIds === null ? storageLevelAt(q, scope.instrumentId, at) : null,
  ]);
  const arrivingIds = arriving.map((dataset) => dataset.id);
  const [agents, newestFrame] = await Promise.all([
    cockpitAgents(q, scope, new Set(arrivingIds), at),
    newestStored(q, arrivingIds),
  ]);
  const isOwn = found && (experimentIds === null || experimentIds.includes(found.experiment.id));
  return {
    active: isOwn ? found : null,
    /** An experiment is active, and is none of the scope's. */
    isOthersActive: found !== undefined && !isOwn,
    arriving,
    latencies,
    agents,
    newestFrame,
    /** Of the facility; null for members. */
    storage,
  };
}
export type CockpitFacts = Awaited<ReturnType<typeof cockpitFacts>>;

/** The alarms that follow from the facts of a whole instrument. */
export function alarmsFrom(
  { active, arriving, latencies, agents, storage }: CockpitFacts,
  { promiseMs }: Pick<InstrumentRow, 'promiseMs'>,
  now: Date,
): Alarm[] {
  const experiment = active?.experiment;
  return alarmsOf({
    ...{ now, promiseMs, latencies, agents, datasets: arriving, storage },
    active: experiment
      ? {
          code: experiment.code,
          upload: {
            enabled: experiment.uploadEnabled,
            since: experiment.uploadSince ?? experiment.createdAt,
          },
        }
      : null,
  });
}
