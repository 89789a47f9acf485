import { AppError } from '../../../shared/errors/app-error.ts';
import { type DatasetState, JOB_FINAL_STATES } from '../../../shared/model/states.ts';
import type { EventFacts, SourceValues, TriggerEvent } from '../../../shared/model/trigger-rules.ts';
import type { Queryable } from '../../db/client.ts';
import {
  type DatasetFacts,
  datasetFacts,
  datasetsOfAcquisition,
  endedJob,
  storedFiles,
} from './event-facts.repository.ts';
import type { RaisedEvent } from './raise-event.ts';

/** One event in one experiment, as triggers look at it. */
export interface Occurrence {
  event: TriggerEvent;
  /** The same however often it is delivered. Of `dataset.frames` each trigger adds the how-manieth it is for it. */
  key: string;
  experimentId: string;
  dataset: { id: string; base: string; framesStored: number } | null;
  /** Of `dataset.finished`: the state that the dataset ended in. */
  datasetState: DatasetState | null;
  path: string | null;
  causeJobId: string | null;
  facts: EventFacts;
  sources: SourceValues;
}

const NOTHING: EventFacts = {
  ...{ kind: null, sample: null, frames: null, sizeBytes: null },
  ...{ isComplete: null, gridPoints: null, path: null, job: null },
};

/** What the header and the acquisition say; what a person or automation said of it goes before the header. */
function sourcesOf({ dataset, acquisition, sampleName }: DatasetFacts): SourceValues {
  const { geometry } = dataset;
  return {
    named: {
      kind: acquisition.kind,
      sample: sampleName,
      energyEv: acquisition.energyEv ?? geometry.energyEv,
      wavelengthA: geometry.wavelengthA,
      exposureS: acquisition.exposureS ?? geometry.countTimeS,
      omegaStartDeg: acquisition.omegaStartDeg ?? geometry.omegaStartDeg,
      omegaIncrementDeg: acquisition.omegaIncrementDeg ?? geometry.omegaIncrementDeg,
      detectorDistanceM: geometry.detectorDistanceM,
      beamCenterXPx: geometry.beamCenterXPx,
      beamCenterYPx: geometry.beamCenterYPx,
      frames: dataset.framesStored,
      framesExpected: dataset.framesExpected,
      'grid.rows': acquisition.grid?.rows,
      'grid.columns': acquisition.grid?.columns,
      base: dataset.base,
    },
    values: acquisition.parameters,
  };
}

/** What is known of a dataset, for an event in its experiment. */
function ofDataset(row: DatasetFacts, event: TriggerEvent, key: string): Occurrence | null {
  const { dataset, acquisition, sampleName } = row;
  if (dataset.experimentId === null) return null;
  const { id, base, framesStored } = dataset;
  return {
    ...{ event, key: `${key}:${dataset.experimentId}`, experimentId: dataset.experimentId },
    ...{ dataset: { id, base, framesStored }, datasetState: null, path: null, causeJobId: null },
    facts: {
      ...NOTHING,
      ...{ kind: acquisition.kind, sample: sampleName, frames: framesStored },
      isComplete: dataset.state === 'complete',
    },
    sources: sourcesOf(row),
  };
}

/** The end of a grid comes with that of its last dataset; of one with fewer frames than points the trigger says so. */
async function endOfGrid(q: Queryable, row: DatasetFacts): Promise<Occurrence | null> {
  const { dataset, acquisition } = row;
  if (dataset.experimentId === null || (acquisition.kind !== 'grid' && acquisition.grid === null))
    return null;
  const all = await datasetsOfAcquisition(q, acquisition.id, dataset.experimentId);
  if (all.receiving > 0) return null;
  const { grid } = acquisition;
  const gridPoints = grid ? { stored: all.framesStored, wanted: grid.rows * grid.columns } : null;
  const isWhole = gridPoints === null || gridPoints.stored >= gridPoints.wanted;
  // Frames that come late make it another event, until it is whole.
  const which = isWhole ? 'whole' : gridPoints.stored;
  const ended = ofDataset(row, 'grid.finished', `grid.finished:${acquisition.id}:${which}`);
  return ended && { ...ended, facts: { ...ended.facts, frames: all.framesStored, gridPoints } };
}

async function ofJob(q: Queryable, jobId: string): Promise<Occurrence[]> {
  const found = await endedJob(q, jobId);
  if (!found) throw new AppError('NOT_FOUND', 'There is no such job.');
  const { job, templateSlug, instrumentId } = found;
  if (instrumentId === null || !JOB_FINAL_STATES.includes(job.state)) return [];
  const row = job.datasetId === null ? null : await datasetFacts(q, job.datasetId);
  const inPlace = row?.dataset.experimentId === job.experimentId ? row : null;
  const about = inPlace && ofDataset(inPlace, 'job.finished', '');
  return [
    {
      ...{ event: 'job.finished', key: `job.finished:${jobId}`, experimentId: job.experimentId },
      ...{ dataset: about?.dataset ?? null, datasetState: null, path: null, causeJobId: jobId },
      facts: { ...(about?.facts ?? NOTHING), job: { template: templateSlug, state: job.state } },
      sources: {
        named: { ...about?.sources.named, 'job.outputPath': job.outputPath },
        values: about?.sources.values ?? {},
      },
    },
  ];
}

async function ofFiles(
  q: Queryable,
  files: readonly { fileId: string; version: number }[],
): Promise<Occurrence[]> {
  const rows = await storedFiles(
    q,
    files.map(({ fileId }) => fileId),
  );
  const versions = new Map(files.map(({ fileId, version }) => [fileId, version]));
  const known = new Map<string, DatasetFacts | null>();
  const occurrences: Occurrence[] = [];
  for (const { id, experimentId, datasetId, path, sizeBytes } of rows) {
    if (datasetId !== null && !known.has(datasetId)) known.set(datasetId, await datasetFacts(q, datasetId));
    const row = datasetId === null ? null : known.get(datasetId);
    const about =
      row?.dataset.experimentId === experimentId && row ? ofDataset(row, 'file.stored', '') : null;
    occurrences.push({
      ...{ event: 'file.stored', key: `file.stored:${id}:${versions.get(id)}:${experimentId}` },
      ...{ experimentId: experimentId!, dataset: about?.dataset ?? null, datasetState: null },
      ...{ path, causeJobId: null },
      facts: { ...(about?.facts ?? NOTHING), sizeBytes, path },
      sources: { named: { ...about?.sources.named, path }, values: about?.sources.values ?? {} },
    });
  }
  return occurrences;
}

async function ofDatasetEvent(
  q: Queryable,
  { event, datasetId }: Extract<RaisedEvent, { datasetId: string }>,
): Promise<Occurrence[]> {
  const row = await datasetFacts(q, datasetId);
  if (!row) throw new AppError('NOT_FOUND', 'There is no such dataset.');
  const { state } = row.dataset;
  if (event !== 'dataset.finished') {
    const name = event === 'dataset.started' ? event : 'frames';
    const one = ofDataset(row, event, `${name}:${datasetId}`);
    return one ? [one] : [];
  }
  if (state === 'receiving') return [];
  const ended = ofDataset(row, event, `${event}:${datasetId}:${state}`);
  if (!ended) return [];
  const grid = await endOfGrid(q, row);
  return [{ ...ended, datasetState: state }, ...(grid ? [grid] : [])];
}

/** What an event is to the triggers, as things stand now. NOT_FOUND when what it was about is gone. */
export async function occurrencesOf(q: Queryable, raised: RaisedEvent): Promise<Occurrence[]> {
  switch (raised.event) {
    case 'job.finished':
      return ofJob(q, raised.jobId);
    case 'file.stored':
      return ofFiles(q, raised.files);
    case 'experiment.finished': {
      const { experimentId, finishedAt, event } = raised;
      return [ofExperiment(event, `${event}:${experimentId}:${finishedAt}`, experimentId)];
    }
    default:
      return ofDatasetEvent(q, raised);
  }
}

function ofExperiment(event: TriggerEvent, key: string, experimentId: string): Occurrence {
  return {
    ...{ event, key, experimentId, dataset: null, datasetState: null, path: null, causeJobId: null },
    ...{ facts: NOTHING, sources: { named: {}, values: {} } },
  };
}

/** A call by API, about a dataset of the experiment or about none. */
export async function calledOccurrence(
  q: Queryable,
  call: { experimentId: string; datasetId: string | null; key: string },
): Promise<Occurrence> {
  const { experimentId, datasetId, key } = call;
  if (datasetId === null) return ofExperiment('api.called', `api.called:${key}`, experimentId);
  const row = await datasetFacts(q, datasetId);
  const about = row?.dataset.experimentId === experimentId && ofDataset(row, 'api.called', '');
  if (!about) throw new AppError('NOT_FOUND', 'There is no such trigger or dataset in this experiment.');
  return { ...about, key: `api.called:${key}` };
}
