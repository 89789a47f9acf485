import { demo } from '../demo-facility.ts';
import { eventually, signedInApi } from './facility-api.ts';
import { finishedDatasets, finishedJobs } from './stored-dataset.ts';
import { measureSeries } from './told-series.ts';

/** So far back lies the switch of the experiment that no clock doubts whose a series is. */
const UNDOUBTED_MS = 2000;

/** A small series measured for an experiment of the scientist, with the job that the trigger started for it; the demo's experiment is active again then. */
export async function measuredFor(experimentId: string, prefix: string) {
  const [staff, scientist] = await Promise.all([signedInApi('staff'), signedInApi('scientist')]);
  const { slug } = demo.instrument;
  await staff.experiments.activate.mutate({ experimentId });
  try {
    await eventually('the switch of the experiment', 60_000, async () => {
      const { at, active } = await staff.cockpit.view.query({ slug });
      return active?.experiment.id === experimentId && at.getTime() - active.since.getTime() > UNDOUBTED_MS
        ? active
        : null;
    });
    const series = await measureSeries(prefix);
    const [dataset] = await finishedDatasets(scientist, series.prefix, experimentId);
    const [job] = await finishedJobs(scientist, dataset!.id);
    return { datasetId: dataset!.id, jobId: job!.id };
  } finally {
    await staff.experiments.activate.mutate({ experimentId: demo.experiment.id });
  }
}
