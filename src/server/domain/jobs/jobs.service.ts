import type { JobPlot } from '../../../shared/contracts/job-run.ts';
import {
  type TemplateDefinition,
  type TemplateMetric,
  templateMetricSchema,
} from '../../../shared/contracts/job-template.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { JOB_FINAL_STATES, type JobState } from '../../../shared/model/states.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireExperiment, requireInstrument, rolesIn } from '../experiments/experiment.policy.ts';
import { requireUsable, usableTemplates } from '../templates/use-template.ts';
import {
  findDetail,
  findView,
  type JobRow,
  type JobViewRow,
  listViews,
  logAfter,
  logTail,
  resultFiles,
  transitionJob,
} from './job.repository.ts';
import type { JobDetail, JobLogPage, JobView } from './job.types.ts';
import { announceJob } from './job-events.ts';
import {
  listTriggers,
  moveTriggersToVersion,
  upsertTemplate,
  upsertTrigger,
} from './job-template.repository.ts';
import { datasetBases } from './named-inputs.repository.ts';
import { settleJob } from './settle-job.ts';
import { createJobStarts } from './start-jobs.ts';
import {
  checkedTriggerParameters,
  declaredParametersOf,
  namedDatasets,
  needsDataset,
} from './template-use.ts';

export type { JobDetail, JobFile, JobLogChunk, JobLogPage, JobView } from './job.types.ts';
export type { OfferedSponsor, RunOffer } from './offer-run.ts';

const LOG_PAGE_CHUNKS = 200;
/** What is shown of a long log at first. */
const LOG_TAIL_CHUNKS = 50;
const MAX_FILES_SHOWN = 500;

const declaredMetricsOf = (metrics: unknown): TemplateMetric[] => templateMetricSchema.array().parse(metrics);

const toView = (row: JobViewRow): JobView => ({
  ...row,
  declaredMetrics: declaredMetricsOf(row.declaredMetrics),
});

/** `<createdAt> <id>` of the last job seen. */
function parseCursor(cursor: string | null | undefined): { createdAt: Date; id: string } | null {
  if (!cursor) return null;
  const [iso, id] = cursor.split(' ');
  const createdAt = new Date(iso ?? '');
  if (Number.isNaN(createdAt.getTime()) || !isUuid(id ?? '')) {
    throw new AppError('BAD_INPUT', 'The cursor is not one of this list.');
  }
  return { createdAt, id: id! };
}

/** Jobs as people and triggers start, see and end them. Running them is `job-runs.service.ts`. */
export function createJobsService({ db }: { db: Database }) {
  const noJob = () => new AppError('NOT_FOUND', 'There is no such job, or it is not yours to see.');

  async function requireJob(ctx: ServiceContext, jobId: string): Promise<JobViewRow> {
    const row = isUuid(jobId) ? await findView(db, jobId) : null;
    if (!row) throw noJob();
    try {
      await requireExperiment(db, ctx, row.experimentId, 'experiment.view');
    } catch (error) {
      // The answer must not tell whether the job exists.
      if (error instanceof AppError && error.code === 'NOT_FOUND') throw noJob();
      throw error;
    }
    return row;
  }

  async function mayCancel(ctx: ServiceContext, row: Pick<JobRow, 'experimentId' | 'startedBy'>) {
    if (ctx.principal.kind === 'system') return true;
    const personId = actingPerson(ctx);
    if (personId === null) return false;
    const roles = await rolesIn(db, ctx, row.experimentId);
    const own = row.startedBy === personId;
    return allows(own ? 'job.run' : 'job.cancelAny', roles);
  }

  /** What the template of a job asks for now; null when it cannot be run any more. */
  async function newestFor(ctx: ServiceContext, row: JobViewRow): Promise<JobDetail['newest']> {
    try {
      const template = await requireUsable(db, ctx, row.templateSlug, row.experimentId);
      return { version: template.version, parameters: declaredParametersOf(template) };
    } catch (error) {
      if (error instanceof AppError && (error.code === 'NOT_FOUND' || error.code === 'CONFLICT')) return null;
      throw error;
    }
  }

  return {
    ...createJobStarts({ db }),

    /** Brings the templates that ship with the product into the database. For the system, at the start of a worker. */
    async ensureBuiltInTemplates(
      ctx: ServiceContext,
      definitions: readonly TemplateDefinition[],
    ): Promise<void> {
      if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
      await db.transaction(async (tx) => {
        for (const definition of definitions) {
          const fresh = { id: ctx.newId(), createdAt: ctx.now() };
          const templateId = await upsertTemplate(tx, definition, fresh);
          await moveTriggersToVersion(tx, definition.slug, templateId);
        }
      });
    },

    /** The newest version of every template the caller may run, with what its form needs. */
    async listTemplates(ctx: ServiceContext) {
      const rows = await usableTemplates(db, ctx);
      return rows.map(({ id, slug, version, name, description, ...row }) => ({
        id,
        slug,
        version,
        name,
        description,
        /** Whether it runs on one dataset, or only on what its parameters say. */
        needsDataset: needsDataset(row),
        parameters: declaredParametersOf(row),
        metrics: declaredMetricsOf(row.metrics),
      }));
    },

    /** Has a template run on every dataset the instrument finishes from now on. A trigger of that name is changed. Staff. */
    async createTrigger(
      ctx: ServiceContext,
      input: {
        instrumentId: string;
        name: string;
        templateSlug: string;
        parameters?: Record<string, unknown>;
        enabled?: boolean;
      },
    ): Promise<{ triggerId: string }> {
      await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
      const template = await requireUsable(db, ctx, input.templateSlug);
      const parameters = checkedTriggerParameters(template, input.parameters ?? {});
      return db.transaction(async (tx) => {
        const { id, made } = await upsertTrigger(tx, {
          id: ctx.newId(),
          instrumentId: input.instrumentId,
          name: input.name,
          event: 'dataset.finished',
          templateId: template.id,
          parameters,
          enabled: input.enabled ?? true,
          createdAt: ctx.now(),
        });
        await recordAudit(tx, ctx, {
          action: made ? 'trigger.create' : 'trigger.change',
          entityKind: 'trigger',
          entityId: id,
          detail: { instrumentId: input.instrumentId, name: input.name, template: template.slug },
        });
        return { triggerId: id };
      });
    },

    async listTriggers(ctx: ServiceContext, input: { instrumentId: string }) {
      await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
      return listTriggers(db, input.instrumentId);
    },

    /** Ends a job: at once in the list; its run is stopped within seconds, and what it ran until now is charged. Own jobs: members; any: managers. */
    async cancel(ctx: ServiceContext, input: { jobId: string }): Promise<void> {
      const row = await requireJob(ctx, input.jobId);
      if (!(await mayCancel(ctx, row))) throw new AppError('NOT_ALLOWED');
      await db.transaction(async (tx) => {
        const ended = await transitionJob(tx, row.id, 'cancelled', { finishedAt: ctx.now() });
        if (!ended) throw new AppError('ALREADY_DONE', 'The job has ended already.');
        const cancelled = await settleJob(tx, ctx, ended, null);
        await recordAudit(tx, ctx, {
          action: 'job.cancel',
          entityKind: 'job',
          entityId: row.id,
          experimentId: row.experimentId,
        });
        await announceJob(tx, ctx, cancelled, row.instrumentId);
      });
    },

    /** Newest first: of one experiment, of one instrument, or of all the caller sees. */
    async list(
      ctx: ServiceContext,
      input: {
        experimentId?: string;
        instrumentId?: string;
        datasetId?: string;
        states?: readonly JobState[];
        cursor?: string | null;
        limit: number;
      },
    ): Promise<{ items: JobView[]; nextCursor: string | null }> {
      const { principal } = ctx;
      if (principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      if (principal.kind === 'agent') throw new AppError('NOT_ALLOWED');
      // A token may open less than its person sees: that is told of one experiment, not of a list of all.
      if (principal.kind === 'token' && !input.experimentId) throw new AppError('NOT_ALLOWED');
      if (input.experimentId) await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      const rows = await listViews(db, {
        personId: actingPerson(ctx),
        now: ctx.now(),
        experimentId: input.experimentId,
        instrumentId: input.instrumentId,
        datasetId: input.datasetId,
        states: input.states,
        after: parseCursor(input.cursor),
        limit: input.limit + 1,
      });
      const items = rows.slice(0, input.limit).map(toView);
      const last = items.at(-1);
      const more = rows.length > items.length && last;
      return { items, nextCursor: more ? `${last.createdAt.toISOString()} ${last.id}` : null };
    },

    async get(ctx: ServiceContext, input: { jobId: string }): Promise<JobDetail> {
      const row = await requireJob(ctx, input.jobId);
      const [detail, files, canCancel, roles] = await Promise.all([
        findDetail(db, row.id),
        row.outputPath === null ? [] : resultFiles(db, row.experimentId, row.outputPath, MAX_FILES_SHOWN),
        mayCancel(ctx, row),
        rolesIn(db, ctx, row.experimentId),
      ]);
      if (!detail) throw noJob();
      const parameters = detail.parameters as JobDetail['parameters'];
      const declaredParameters = declaredParametersOf({ parameters: detail.declaredParameters });
      return {
        ...toView(row),
        ...{ templateDescription: detail.templateDescription, outputs: detail.outputs },
        parameters,
        declaredParameters,
        datasets: await datasetBases(db, namedDatasets(declaredParameters, parameters)),
        // Checked when the run reported them.
        plots: detail.plots as unknown as JobPlot[],
        files,
        canCancel: canCancel && !JOB_FINAL_STATES.includes(row.state),
        canRun: allows('job.run', roles),
        newest: allows('job.run', roles) ? await newestFor(ctx, row) : null,
        canAskProlongation: allows('experiment.askProlongation', roles),
      };
    },

    /** Log chunks behind `afterSeq`; without it the last ones, since the end of a log is what people look for. */
    async log(
      ctx: ServiceContext,
      input: { jobId: string; afterSeq?: number | null },
    ): Promise<JobLogPage & { firstSeq: number | null }> {
      await requireJob(ctx, input.jobId);
      const fromEnd = input.afterSeq == null;
      const chunks = fromEnd
        ? await logTail(db, input.jobId, LOG_TAIL_CHUNKS)
        : await logAfter(db, input.jobId, input.afterSeq ?? 0, LOG_PAGE_CHUNKS);
      return {
        chunks,
        firstSeq: chunks[0]?.seq ?? null,
        lastSeq: chunks.at(-1)?.seq ?? input.afterSeq ?? 0,
        more: !fromEnd && chunks.length === LOG_PAGE_CHUNKS,
      };
    },
  };
}

export type JobsService = ReturnType<typeof createJobsService>;
