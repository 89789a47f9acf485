import { MAX_DATASETS } from '../../../shared/contracts/parameter-values.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import {
  type FiringOutcome,
  matchesPattern,
  takenParameters,
  unmetCondition,
} from '../../../shared/model/trigger-rules.ts';
import type { Database, Queryable, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { analysisOver } from '../experiments/processing-window.ts';
import { createJob } from '../jobs/create-job.ts';
import { checkedInputs, needsDataset } from '../jobs/template-use.ts';
import { networkLack } from '../templates/network-permission.ts';
import { lacking, type TemplateRow } from '../templates/use-template.ts';
import { bytesOfDataset, completeDatasets } from './event-facts.repository.ts';
import {
  cameFrom,
  hasDecided,
  insertFiring,
  jobsAlive,
  lastStarted,
  lockTrigger,
} from './firing.repository.ts';
import { type Occurrence, occurrencesOf } from './occurrences.ts';
import type { RaisedEvent } from './raise-event.ts';
import { strategyOf } from './strategy.repository.ts';
import {
  newestVersion,
  type OverrideRow,
  type TriggerRow,
  templateVersion,
  triggersOn,
} from './trigger.repository.ts';

/** How a trigger decided about an event. */
export interface Decision {
  outcome: FiringOutcome;
  why: string;
  jobId: string | null;
}

interface Place {
  experimentId: string;
  facilityId: string;
  instrumentId: string;
}

interface Firing {
  trigger: TriggerRow;
  override: OverrideRow | null;
  templateSlug: string;
  occurrence: Occurrence;
  /** Of the occurrence, for this trigger. */
  key: string;
  /** Said in a call, in place of all others. */
  parameters?: Record<string, unknown>;
}

const not = (outcome: Exclude<FiringOutcome, 'started'>, why: string): Decision => ({
  ...{ outcome, why, jobId: null },
});

/**
 * The version that the trigger runs: what staff chose for the instrument stays, whoever it is shared with now, and archived or not. Throws CONFLICT where the
 * machine lacks what it needs.
 */
async function templateOf(
  tx: Transaction,
  { trigger, templateSlug, occurrence }: Firing,
): Promise<TemplateRow> {
  const template =
    trigger.versionRule === 'newest'
      ? await newestVersion(tx, templateSlug)
      : await templateVersion(tx, trigger.templateId);
  if (!template) throw new AppError('NOT_FOUND', `There is no template ${templateSlug} any more.`);
  const lack = lacking(template) ?? (await networkLack(tx, template, occurrence.experimentId));
  if (lack) throw lack;
  return template;
}

async function parametersOf(tx: Transaction, { trigger, override, occurrence, parameters }: Firing) {
  const { sources, experimentId } = occurrence;
  const wantsDatasets = Object.values(trigger.taken).includes('datasets');
  const datasets = wantsDatasets ? await completeDatasets(tx, experimentId, MAX_DATASETS) : null;
  const from = { ...sources, named: { ...sources.named, datasets } };
  return {
    ...trigger.parameters,
    ...takenParameters(trigger.taken, from),
    ...override?.parameters,
    ...parameters,
  };
}

/** What keeps the trigger from starting anything now; null: nothing. */
async function hindrance(tx: Transaction, ctx: ServiceContext, firing: Firing): Promise<Decision | null> {
  const { trigger, override, occurrence } = firing;
  const { experimentId, causeJobId } = occurrence;
  if (!(override?.enabled ?? trigger.enabled)) {
    return not(
      'off',
      override?.enabled === false ? 'It is switched off for this experiment.' : 'It is switched off.',
    );
  }
  const unmet = unmetCondition(trigger, await factsFor(tx, trigger, occurrence));
  if (unmet) return not('condition', unmet);
  if (causeJobId !== null && (await cameFrom(tx, causeJobId, trigger.id))) {
    return not('loop', 'The job that ended was started by this trigger itself.');
  }
  const last = trigger.debounceS > 0 ? await lastStarted(tx, trigger.id, experimentId) : null;
  const sinceMs = last ? ctx.now().getTime() - last.getTime() : Number.POSITIVE_INFINITY;
  if (sinceMs < trigger.debounceS * 1000) {
    const since = Math.max(0, Math.floor(sinceMs / 1000));
    return not('debounced', `It started a job ${since} s ago and waits ${trigger.debounceS} s.`);
  }
  if (trigger.mostAtOnce !== null) {
    const alive = await jobsAlive(tx, trigger.id);
    if (alive >= trigger.mostAtOnce) {
      return not('busy', `${alive} of its jobs wait or run, and no more than ${trigger.mostAtOnce} may.`);
    }
  }
  return null;
}

async function factsFor(q: Queryable, { conditions }: TriggerRow, { facts, dataset }: Occurrence) {
  const asksSize = conditions.sizeMinBytes !== undefined || conditions.sizeMaxBytes !== undefined;
  if (!asksSize || facts.sizeBytes !== null || dataset === null) return facts;
  return { ...facts, sizeBytes: await bytesOfDataset(q, dataset.id) };
}

/** What an error of starting a job means for the history; null: it is none of a rule. */
function refusal(error: unknown): Decision | null {
  if (!(error instanceof AppError)) return null;
  switch (error.code) {
    case 'NOT_COVERED':
      return not('not-covered', error.message);
    case 'BAD_INPUT':
      return not('bad-input', error.message);
    case 'NOT_FOUND':
    case 'CONFLICT':
      return not('template-missing', error.message);
    default:
      return null;
  }
}

async function start(tx: Transaction, ctx: ServiceContext, place: Place, firing: Firing): Promise<Decision> {
  const { trigger, occurrence } = firing;
  const { dataset, experimentId } = occurrence;
  const template = await templateOf(tx, firing);
  if (dataset === null && needsDataset(template)) {
    return not('bad-input', `${template.name} runs on a dataset, and this event is about none.`);
  }
  const run = { experimentId, template, datasetId: dataset?.id ?? null };
  const { parameters } = await checkedInputs(tx, run, await parametersOf(tx, firing));
  const job = await createJob(tx, ctx, {
    ...{ ...place, dataset, template, parameters },
    trigger: { id: trigger.id, state: occurrence.datasetState, onGrace: trigger.onGrace },
    priority: trigger.priority,
    startedBy: null,
    ...{ profileId: trigger.profileId, licenceId: trigger.licenceId },
  });
  if (job) return { outcome: 'started', why: '', jobId: job.id };
  const over = await analysisOver(tx, ctx, experimentId);
  if (over) return not('window-over', over.message);
  return not('repeated', 'It ran on this dataset in this state before.');
}

/**
 * Has a trigger decide about an event, once: what it started, or why nothing, is written in one transaction with the job. Null when it had decided before,
 * however often the event is delivered and wherever the one who worked on it was killed.
 */
export async function fireTrigger(
  db: Database,
  ctx: ServiceContext,
  place: Place,
  firing: Firing,
): Promise<Decision | null> {
  const { trigger, occurrence, key } = firing;
  // A transaction of its own for each: one that held the licences of several could wait for another that does.
  return db.transaction(async (tx) => {
    await lockTrigger(tx, trigger.id);
    if (await hasDecided(tx, trigger.id, key)) return null;
    const decision = (await hindrance(tx, ctx, firing)) ?? (await startOrSay(tx, ctx, place, firing));
    await insertFiring(tx, {
      ...{ id: ctx.newId(), triggerId: trigger.id, eventKey: key, event: occurrence.event },
      ...{ instrumentId: place.instrumentId, experimentId: place.experimentId },
      ...{ datasetId: occurrence.dataset?.id ?? null, path: occurrence.path },
      ...{ causeJobId: occurrence.causeJobId, ...decision, at: ctx.now() },
    });
    return decision;
  });
}

async function startOrSay(
  tx: Transaction,
  ctx: ServiceContext,
  place: Place,
  firing: Firing,
): Promise<Decision> {
  try {
    return await start(tx, ctx, place, firing);
  } catch (error) {
    const refused = refusal(error);
    if (!refused) throw error;
    await recordAudit(tx, ctx, {
      ...{ action: 'job.refuse', entityKind: 'trigger', entityId: firing.trigger.id },
      experimentId: place.experimentId,
      detail: { datasetId: firing.occurrence.dataset?.id ?? null, why: refused.why },
    });
    return refused;
  }
}

/** The key of the event for a trigger; null: it is none for it, and not worth a line of the history. */
function keyFor(trigger: TriggerRow, { event, key, dataset, path }: Occurrence): string | null {
  if (event === 'file.stored') return matchesPattern(path ?? '', trigger.filePattern ?? '') ? key : null;
  if (event !== 'dataset.frames') return key;
  // Whoever is behind looks at the newest alone: what was passed meanwhile is seen by the same job.
  const times = Math.floor((dataset?.framesStored ?? 0) / (trigger.everyFrames ?? 1));
  return times > 0 ? `${key}:${times}` : null;
}

/**
 * Has the triggers of an experiment's strategy look at what has happened. Returns the jobs made now: none for a dataset that belongs to nobody yet,
 * the event comes again when that changes. For the system.
 */
export async function fireTriggers(
  db: Database,
  ctx: ServiceContext,
  raised: RaisedEvent,
): Promise<{ jobIds: string[] }> {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
  const jobIds: string[] = [];
  for (const occurrence of await occurrencesOf(db, raised)) {
    const { experimentId, event } = occurrence;
    const { facilityId, instrumentId } = await requireExperiment(db, ctx, experimentId, 'experiment.view');
    const strategy = await strategyOf(db, experimentId);
    if (!strategy) continue;
    const place = { experimentId, facilityId, instrumentId };
    for (const on of await triggersOn(db, { strategyId: strategy.id, event, experimentId })) {
      const key = keyFor(on.trigger, occurrence);
      const made = key === null ? null : await fireTrigger(db, ctx, place, { ...on, occurrence, key });
      if (made?.jobId) jobIds.push(made.jobId);
    }
  }
  return { jobIds };
}
