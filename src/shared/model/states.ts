/** Every state machine of the product: the states and the one table of allowed transitions. */

export const EXPERIMENT_STATES = ['preparation', 'running', 'processing', 'closed'] as const;
export type ExperimentState = (typeof EXPERIMENT_STATES)[number];
export const EXPERIMENT_TRANSITIONS: Readonly<Record<ExperimentState, readonly ExperimentState[]>> = {
  preparation: ['running', 'closed'],
  running: ['processing'],
  processing: ['running', 'closed'],
  // Its processing window is prolonged.
  closed: ['processing'],
};

/**
 * receiving: its source still sends, or its files still arrive. complete: every announced frame is stored and verified.
 * stopped: ended early by its source, nothing missing before the end. incomplete: frames are missing (gaps, or lost).
 * open-ended: ended, no number had been announced.
 */
export const DATASET_STATES = ['receiving', 'complete', 'stopped', 'incomplete', 'open-ended'] as const;
export type DatasetState = (typeof DATASET_STATES)[number];
export const DATASET_TRANSITIONS: Readonly<Record<DatasetState, readonly DatasetState[]>> = {
  receiving: ['complete', 'stopped', 'incomplete', 'open-ended'],
  complete: [],
  stopped: ['complete', 'incomplete'],
  incomplete: ['complete', 'stopped', 'open-ended'],
  'open-ended': [],
};

export const JOB_STATES = ['queued', 'submitted', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];
export const JOB_TRANSITIONS: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ['submitted', 'failed', 'cancelled'],
  submitted: ['running', 'succeeded', 'failed', 'cancelled', 'queued'],
  // Back to the queue when the machine that ran it was shut down in good order.
  running: ['succeeded', 'failed', 'cancelled', 'queued'],
  succeeded: [],
  failed: [],
  cancelled: [],
};
/** Which waiting job starts first; in the order of the alphabet too, by which the database sorts them. */
export const JOB_PRIORITIES = ['beam-time', 'standard', 'test'] as const;
export type JobPriority = (typeof JOB_PRIORITIES)[number];
export const JOB_FINAL_STATES: readonly JobState[] = ['succeeded', 'failed', 'cancelled'];

export const UPLOAD_STATES = ['open', 'completed', 'aborted'] as const;
export type UploadState = (typeof UPLOAD_STATES)[number];

/** asked: waits for a Manager. granted: goes on a date, until which it can still be kept. done: gone. */
export const DELETION_STATES = ['asked', 'withdrawn', 'declined', 'granted', 'kept', 'done'] as const;
export type DeletionState = (typeof DELETION_STATES)[number];
export const DELETION_TRANSITIONS: Readonly<Record<DeletionState, readonly DeletionState[]>> = {
  asked: ['withdrawn', 'declined', 'granted'],
  withdrawn: [],
  declined: [],
  granted: ['kept', 'done'],
  kept: [],
  done: [],
};

export const DETECTOR_STATES = ['connecting', 'connected', 'receiving', 'error'] as const;
export type DetectorState = (typeof DETECTOR_STATES)[number];

/** Why a dataset stopped growing; `end-message` is the detector's own word. */
export const SERIES_ENDINGS = [
  'end-message',
  'timeout',
  'superseded',
  'agent-restart',
  'agent-shutdown',
] as const;
export type SeriesEnding = (typeof SERIES_ENDINGS)[number];

/**
 * Whether an agent uploads. paused: everything is kept until it is on again, and when the buffer is full the detector waits. off:
 * what comes is kept while there is room (then whole series, the oldest first, are given up and named); nothing waits for it.
 */
export const UPLOAD_MODES = ['on', 'paused', 'off'] as const;
export type UploadMode = (typeof UPLOAD_MODES)[number];
/** What becomes of what was held when uploading is switched on again: sent too, or left where it is ("from now"). */
export const HELD_DECISIONS = ['send', 'leave'] as const;
export type HeldDecision = (typeof HELD_DECISIONS)[number];

/** From where the data of a dataset come. */
export const DATASET_SOURCES = ['stream', 'cbf-series', 'hdf5-master'] as const;
export type DatasetSource = (typeof DATASET_SOURCES)[number];

/** Where a file of a watched folder stands on its way; `poisoned` waits for a person, `held` for a switch, `left-out` is not to be sent. */
export const SOURCE_FILE_STATES = [
  'seen',
  'settling',
  'hashing',
  'uploading',
  'committing',
  'confirmed',
  'held',
  'left-out',
  'poisoned',
] as const;
export type SourceFileState = (typeof SOURCE_FILE_STATES)[number];

export const FOLDERS = ['raw', 'processed', 'work', 'metadata', 'auxiliary'] as const;
export type Folder = (typeof FOLDERS)[number];

export const ACQUISITION_KINDS = [
  'rotation',
  'screening',
  'grid',
  'helical',
  'serial',
  'still',
  'scan',
  'other',
] as const;
export type AcquisitionKind = (typeof ACQUISITION_KINDS)[number];

/** The states `from` which `to` may be reached: stands in the SQL `where` of the update. */
export function statesBefore<S extends string>(table: Readonly<Record<S, readonly S[]>>, to: S): S[] {
  return (Object.keys(table) as S[]).filter((from) => table[from].includes(to));
}
