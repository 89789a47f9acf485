import type { JobPlot } from '../../../shared/contracts/job-run.ts';
import {
  type TemplateDefinition,
  type TemplateMetric,
  templateMetricSchema,
} from '../../../shared/contracts/job-template.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { JOB_FINAL_STATES } from '../../../shared/model/states.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireExperiment, rolesIn } from '../experiments/experiment.policy.ts';
import { requireUsable, usableTemplates } from '../templates/use-template.ts';
import { type SimpleTrigger, simpleTriggers, writeSimpleTrigger } from '../triggers/simple-trigger.ts';
import { createResultChoice } from './choose-result.ts';
import {
  filterChoices,
  findDetail,
  findView,
  type JobFilterChoice,
  type JobListFilter,
  type JobRow,
  type JobViewRow,
  listViews,
  repetitionsOf,
  resultFiles,
  transitionJob,
} from './job.repository.ts';
import type { JobDetail, JobFile, JobLogPage, JobParent, JobView, LogSearchPage } from './job.types.ts';
import { announceJob } from './job-events.ts';
import { type LogWish, readLogPage, searchLog, wholeLog } from './job-logs.ts';
import { moveTriggersToVersion, upsertTemplate } from './job-template.repository.ts';
import type { LogSearchPlace } from './log-search.ts';
import { datasetBases } from './named-inputs.repository.ts';
import { provisionalFiles } from './provisional.repository.ts';
import { settleJob } from './settle-job.ts';
import { isShown } from './shown-results.ts';
import { createJobStarts } from './start-jobs.ts';
import { declaredParametersOf, namedDatasets, needsDataset } from './template-use.ts';

export type { JobFilterChoice } from './job.repository.ts';
export type {
  JobDetail,
  JobFile,
  JobLogPage,
  JobParent,
  JobView,
  LogHit,
  LogPiece,
  LogSearchPage,
  LogSearchPlace,
} from './job.types.ts';
export type { OfferedSponsor, RunOffer } from './offer-run.ts';

const MAX_FILES_SHOWN = 500;
const MAX_REPETITIONS_SHOWN = 20;
/** The filters offer what the newest so many jobs were started by, of and on. */
const JOBS_FOR_FILTERS = 1000;
const MAX_SEARCHED_CHARACTERS = 200;

/** What a list of jobs is narrowed to. */
export type JobListChoice = Pick<
  JobListFilter,
  | 'experimentId'
  | 'instrumentId'
  | 'datasetId'
  | 'states'
  | 'startedBy'
  | 'triggerId'
  | 'templateSlug'
  | 'sampleId'
>;

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

  /** Whose jobs a list shows; throws where the caller may ask for none. */
  async function listFor(ctx: ServiceContext, choice: JobListChoice) {
    const { principal } = ctx;
    if (principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
    if (principal.kind === 'agent') throw new AppError('NOT_ALLOWED');
    // A token may open less than its person sees: that is told of one experiment, not of a list of all.
    if (principal.kind === 'token' && !choice.experimentId) throw new AppError('NOT_ALLOWED');
    if (choice.experimentId) await requireExperiment(db, ctx, choice.experimentId, 'experiment.view');
    return { ...choice, personId: actingPerson(ctx), now: ctx.now() };
  }

  /** Stored results once it is over, before that what its run has left so far. */
  async function filesOf(row: JobViewRow): Promise<JobFile[]> {
    if (row.outputPath === null) return [];
    const stored = await resultFiles(db, row.experimentId, row.outputPath, MAX_FILES_SHOWN);
    if (stored.length > 0 || JOB_FINAL_STATES.includes(row.state)) {
      return stored.map((file) => ({ ...file, changedAt: null, canShow: isShown(file) }));
    }
    const soFar = await provisionalFiles(db, row.id, MAX_FILES_SHOWN);
    return soFar.map(({ path, sizeBytes, changedAt, hasContent }) => ({
      ...{ id: null, path: `${row.outputPath}/${path}`, name: path.slice(path.lastIndexOf('/') + 1) },
      ...{ sizeBytes, changedAt, canShow: hasContent },
    }));
  }

  async function parentOf(row: JobViewRow): Promise<JobParent | null> {
    const found = row.parentId === null ? null : await findDetail(db, row.parentId);
    if (!found) return null;
    const { templateName, templateVersion, createdAt, profileName, sponsorName } = found;
    return {
      ...{ id: row.parentId!, templateName, templateVersion, createdAt, profileName, sponsorName },
      parameters: found.parameters as JobParent['parameters'],
      declaredParameters: declaredParametersOf({ parameters: found.declaredParameters }),
    };
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
    ...createResultChoice({ db, requireJob }),

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

    /** A template on every dataset that is finished, in the default strategy; all else of triggers is `triggers.service.ts`. */
    createTrigger: (ctx: ServiceContext, input: SimpleTrigger): Promise<{ triggerId: string }> =>
      writeSimpleTrigger(db, ctx, input),

    listTriggers: (ctx: ServiceContext, input: { instrumentId: string }) => simpleTriggers(db, ctx, input),

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
      input: JobListChoice & { cursor?: string | null; limit: number },
    ): Promise<{ items: JobView[]; nextCursor: string | null }> {
      const { cursor, limit, ...choice } = input;
      const list = await listFor(ctx, choice);
      const rows = await listViews(db, { ...list, after: parseCursor(cursor), limit: limit + 1 });
      const items = rows.slice(0, limit).map(toView);
      const last = items.at(-1);
      const more = rows.length > items.length && last;
      return { items, nextCursor: more ? `${last.createdAt.toISOString()} ${last.id}` : null };
    },

    /** By what the newest jobs of a list may be narrowed: who and what started them, of which template, on which sample. */
    async filters(
      ctx: ServiceContext,
      input: Pick<JobListChoice, 'experimentId' | 'instrumentId' | 'datasetId'>,
    ): Promise<JobFilterChoice[]> {
      const { experimentId, instrumentId, datasetId } = input;
      const list = await listFor(ctx, { experimentId, instrumentId, datasetId });
      return filterChoices(db, { ...list, after: null, limit: JOBS_FOR_FILTERS });
    },

    async get(ctx: ServiceContext, input: { jobId: string }): Promise<JobDetail> {
      const row = await requireJob(ctx, input.jobId);
      const [detail, files, parent, repetitions, canCancel, roles] = await Promise.all([
        findDetail(db, row.id),
        filesOf(row),
        parentOf(row),
        repetitionsOf(db, row.id, MAX_REPETITIONS_SHOWN),
        mayCancel(ctx, row),
        rolesIn(db, ctx, row.experimentId),
      ]);
      if (!detail) throw noJob();
      const parameters = detail.parameters as JobDetail['parameters'];
      const declaredParameters = declaredParametersOf({ parameters: detail.declaredParameters });
      const named = [
        ...namedDatasets(declaredParameters, parameters),
        ...(parent ? namedDatasets(parent.declaredParameters, parent.parameters) : []),
      ];
      return {
        ...toView(row),
        ...{ templateDescription: detail.templateDescription, outputs: detail.outputs },
        parameters,
        declaredParameters,
        datasets: await datasetBases(db, [...new Set(named)]),
        // Checked when the run reported them.
        plots: detail.plots as unknown as JobPlot[],
        files,
        parent,
        repetitions,
        canCancel: canCancel && !JOB_FINAL_STATES.includes(row.state),
        canRun: allows('job.run', roles),
        ...{ resultChosenByName: detail.resultChosenByName, payingRule: detail.payingRule },
        canChooseResult:
          row.datasetId !== null && row.state === 'succeeded' && allows('job.chooseResult', roles),
        newest: allows('job.run', roles) ? await newestFor(ctx, row) : null,
        canAskProlongation: allows('experiment.askProlongation', roles),
      };
    },

    /** A share of the log of a job: behind, before or around a piece; without any of them the end, since that is what people look for. */
    async log(ctx: ServiceContext, input: { jobId: string } & LogWish): Promise<JobLogPage> {
      await requireJob(ctx, input.jobId);
      return readLogPage(db, input.jobId, input);
    },

    /** The lines of a log that contain a text, from its end on; each call searches some megabytes and tells where to go on. */
    async searchLog(
      ctx: ServiceContext,
      input: { jobId: string; text: string; from?: LogSearchPlace | null },
    ): Promise<LogSearchPage> {
      await requireJob(ctx, input.jobId);
      if (input.text === '' || input.text.length > MAX_SEARCHED_CHARACTERS) {
        throw new AppError('BAD_INPUT', `Search for 1 to ${MAX_SEARCHED_CHARACTERS} characters.`);
      }
      return searchLog(db, input.jobId, { text: input.text, from: input.from ?? null });
    },

    /** All of the log, as it was printed, for a download. */
    async openLog(
      ctx: ServiceContext,
      input: { jobId: string },
    ): Promise<{ name: string; pieces: AsyncIterable<string> }> {
      const row = await requireJob(ctx, input.jobId);
      return {
        name: `${row.experimentCode}-${row.templateSlug}-${row.id}.log`,
        pieces: wholeLog(db, row.id),
      };
    },

    /** The job and its experiment, where the caller may see them; NOT_FOUND otherwise. */
    requireVisible: requireJob,
  };
}

export type JobsService = ReturnType<typeof createJobsService>;
