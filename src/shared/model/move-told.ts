/**
 * What an experiment is told of data that came to it or left it by a decision of staff, or because they belong to a dataset. It never says
 * which other experiment that is, nor what data are called there: the group may have no access to it.
 */
export interface MoveTold {
  direction: 'here' | 'away';
  /** As this experiment knows it: base of the dataset, or path of the file (the first of several). */
  name: string;
  /** What was moved: a dataset, files by themselves, or files that turned out to be part of a dataset of the other side. */
  what: 'dataset' | 'file' | 'parts';
  /** Stored frames of a dataset; null for files. */
  frames: number | null;
  files: number;
  sizeBytes: number;
  elsewhere: { kind: 'experiment' } | { kind: 'unassigned'; instrument: string };
  /** Name of the person; null when nobody decided it. */
  by: string | null;
  /** As the person gave it; null where it names the other experiment. */
  reason: string | null;
}
