import { spotsPartsOf, spotsPathOf } from '../../../shared/codecs/spots-file.ts';
import { JOB_FINAL_STATES } from '../../../shared/model/states.ts';
import type { Database } from '../../db/client.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { requireDataset } from '../datasets/dataset.policy.ts';
import { jobsWithSpots, resultsAt, spotFilesSoFar } from './spot-runs.repository.ts';

/** A job whose spots can be shown over the frames of its dataset. */
export interface SpotRun {
  jobId: string;
  templateName: string;
  /** A person, or the trigger that started it; null: nobody knows any more. */
  startedBy: string | null;
  /** It stands for the dataset in lists. */
  isResult: boolean;
  createdAt: Date;
  finishedAt: Date | null;
  /** The file of spots (codecs/spots-file.ts), with a signed address that serves ranges; null while the job runs. */
  file: { url: string; expiresAt: Date; sizeBytes: number } | null;
  /** What the run has left so far, whole files by their paths below the output folder, in order: of a frame in several the last counts. */
  parts: { path: string; sizeBytes: number; changedAt: Date }[];
}

const MOST_RUNS = 50;

/** The runs on a dataset that found, indexed or predicted spots. */
export function createSpotRuns({ db, store }: { db: Database; store: Pick<ObjectStore, 'signGet'> }) {
  return {
    async spotRuns(ctx: ServiceContext, input: { datasetId: string }): Promise<SpotRun[]> {
      const { id: datasetId, experimentId } = await requireDataset(
        db,
        ctx,
        input.datasetId,
        'experiment.view',
      );
      if (experimentId === null) return [];
      const rows = await jobsWithSpots(db, { datasetId, experimentId, limit: MOST_RUNS });
      const jobs = rows.map(({ outputs, ...row }) => ({
        ...row,
        declared: outputs.find(({ kind }) => kind === 'spots')!.path,
        isOver: JOB_FINAL_STATES.includes(row.state),
      }));
      const pathOf = (job: (typeof jobs)[number]) => `${job.outputPath}/${spotsPathOf(job.declared)}`;
      const [stored, soFar] = await Promise.all([
        resultsAt(db, experimentId, jobs.filter(({ isOver }) => isOver).map(pathOf)),
        spotFilesSoFar(
          db,
          jobs.flatMap(({ jobId, isOver }) => (isOver ? [] : [jobId])),
        ),
      ]);
      const runs = await Promise.all(
        jobs.map(async (job): Promise<SpotRun> => {
          const found = stored.find(({ path }) => job.isOver && path === pathOf(job));
          const isPart = (path: string) =>
            path === spotsPathOf(job.declared) || path.startsWith(spotsPartsOf(job.declared));
          const { jobId, templateName, startedByName, triggerName, isResult, createdAt, finishedAt } = job;
          return {
            ...{ jobId, templateName, startedBy: startedByName ?? triggerName },
            ...{ isResult, createdAt, finishedAt },
            file: found
              ? {
                  ...(await store.signGet(found.storeKey, { version: found.version })),
                  sizeBytes: found.sizeBytes,
                }
              : null,
            parts: soFar
              .filter((part) => part.jobId === jobId && isPart(part.path))
              .map(({ path, sizeBytes, changedAt }) => ({ path, sizeBytes, changedAt })),
          };
        }),
      );
      // One that left none although its template says so, or has nothing yet, cannot be shown.
      return runs.filter(({ file, parts }) => file !== null || parts.length > 0);
    },
  };
}
