import type { JobPlot } from '../../../shared/contracts/job-run.ts';
import {
  resolveParameters,
  type TemplateDefinition,
  type TemplateMetric,
  type TemplateParameter,
  templateMetricSchema,
  templateParameterSchema,
} from '../../../shared/contracts/job-template.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { JOB_FINAL_STATES, type JobState } from '../../../shared/model/states.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireDataset } from '../datasets/dataset.policy.ts';
import {
  requireExperiment,
  requireInstrument,
  rolesIn,
  STAFF_ACCESS_MS,
} from '../experiments/experiment.policy.ts';
import { createJob } from './create-job.ts';
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
  newestTemplate,
  newestTemplates,
  type TemplateRow,
  triggersOnFinished,
  upsertTemplate,
  upsertTrigger,
} from './job-template.repository.ts';

export type { JobDetail, JobFile, JobLogChunk, JobLogPage, JobView } from './job.types.ts';

const LOG_PAGE_CHUNKS = 200;
/** What is shown of a long log at first. */
const LOG_TAIL_CHUNKS = 50;
const MAX_FILES_SHOWN = 500;

const declaredParametersOf = (row: { parameters: unknown }): TemplateParameter[] =>
  templateParameterSchema.array().parse(row.parameters);
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
    if (ctx.principal.kind !== 'person') return false;
    const roles = await rolesIn(db, ctx, row.experimentId);
    const own = row.startedBy === ctx.principal.personId;
    return allows(own ? 'job.run' : 'job.cancelAny', roles);
  }

  return {
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

    /** The newest version of every template, with what its form needs. */
    async listTemplates(ctx: ServiceContext) {
      if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      const rows = await newestTemplates(db);
      return rows.map(({ id, slug, version, name, description, ...row }) => ({
        id,
        slug,
        version,
        name,
        description,
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
      const template = await requireTemplate(input.templateSlug);
      const parameters = checkedParameters(template, input.parameters ?? {});
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

    /**
     * Starts what the instrument's triggers want of a finished dataset: one job per trigger, dataset and state of it. Returns the jobs made now.
     * A dataset that still grows, or belongs to nobody yet, starts none; the event comes again when that changes.
     */
    async startTriggered(ctx: ServiceContext, input: { datasetId: string }): Promise<{ jobIds: string[] }> {
      if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
      const row = await requireDataset(db, ctx, input.datasetId, 'experiment.view');
      const { experimentId } = row;
      if (experimentId === null || row.state === 'receiving') return { jobIds: [] };
      return db.transaction(async (tx) => {
        const jobIds: string[] = [];
        for (const { trigger, template } of await triggersOnFinished(tx, row.instrumentId)) {
          const made = await createJob(tx, ctx, {
            experimentId,
            instrumentId: row.instrumentId,
            dataset: row,
            template,
            trigger: { id: trigger.id, state: row.state },
            startedBy: null,
            parameters: checkedParameters(template, trigger.parameters),
          });
          if (made) jobIds.push(made.id);
        }
        return { jobIds };
      });
    },

    /** Runs a template on a dataset. Members and above. */
    async runTemplate(
      ctx: ServiceContext,
      input: {
        experimentId: string;
        datasetId: string;
        templateSlug: string;
        parameters?: Record<string, unknown>;
      },
    ): Promise<{ jobId: string }> {
      const experiment = await requireExperiment(db, ctx, input.experimentId, 'job.run');
      const dataset = await requireDataset(db, ctx, input.datasetId, 'job.run');
      if (dataset.experimentId !== experiment.id) {
        throw new AppError('NOT_FOUND', 'There is no such dataset in this experiment.');
      }
      const template = await requireTemplate(input.templateSlug);
      const parameters = checkedParameters(template, input.parameters ?? {});
      const row = await db.transaction((tx) =>
        createJob(tx, ctx, {
          experimentId: experiment.id,
          instrumentId: experiment.instrumentId,
          dataset,
          template,
          trigger: null,
          startedBy: ctx.principal.kind === 'person' ? ctx.principal.personId : null,
          parameters,
        }),
      );
      // Only a trigger's unique key can refuse a job.
      if (!row) throw new AppError('CONFLICT');
      return { jobId: row.id };
    },

    /** Ends a job: at once in the list; its run is stopped within seconds. Own jobs: members; any: managers. */
    async cancel(ctx: ServiceContext, input: { jobId: string }): Promise<void> {
      const row = await requireJob(ctx, input.jobId);
      if (!(await mayCancel(ctx, row))) throw new AppError('NOT_ALLOWED');
      await db.transaction(async (tx) => {
        const cancelled = await transitionJob(tx, row.id, 'cancelled', { finishedAt: ctx.now() });
        if (!cancelled) throw new AppError('ALREADY_DONE', 'The job has ended already.');
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
      if (principal.kind === 'agent' || principal.kind === 'token') throw new AppError('NOT_ALLOWED');
      if (input.experimentId) await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      const rows = await listViews(db, {
        personId: principal.kind === 'person' ? principal.personId : null,
        staffFinishedAfter: new Date(ctx.now().getTime() - STAFF_ACCESS_MS),
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
      return {
        ...toView(row),
        templateDescription: detail.templateDescription,
        parameters: detail.parameters as JobDetail['parameters'],
        declaredParameters: declaredParametersOf({ parameters: detail.declaredParameters }),
        // Checked when the run reported them.
        plots: detail.plots as unknown as JobPlot[],
        files,
        canCancel: canCancel && !JOB_FINAL_STATES.includes(row.state),
        canRun: allows('job.run', roles),
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

  async function requireTemplate(slug: string): Promise<TemplateRow> {
    const template = await newestTemplate(db, slug);
    if (!template) throw new AppError('NOT_FOUND', `There is no template "${slug}".`);
    return template;
  }

  function checkedParameters(template: TemplateRow, given: Record<string, unknown>) {
    const { values, faults } = resolveParameters(declaredParametersOf(template), given);
    const texts = Object.values(faults);
    if (texts.length > 0) {
      throw new AppError('BAD_INPUT', { message: texts.join(' '), details: { parameters: faults } });
    }
    return values;
  }
}

export type JobsService = ReturnType<typeof createJobsService>;
