import type { Need } from './parts/needs.ts';
import type { Trial } from './parts/trial.ts';

/**
 * How the server side is started for a case: as ever, with its clock one hour off, with a clock that the case sets (that of a bucket where the
 * store is one), with a small disk for its store, or with one that loses power. unsynced: with a server that never syncs, a
 * mistake for the check of the suite.
 */
export type Setting =
  | 'ordinary'
  | 'clock-off'
  | 'moving-clock'
  | 'small-store'
  | 'power-disk'
  | 'power-disk-unsynced';

/** fs: a folder; rgw: a bucket of a Ceph of its own. */
export type StoreKind = 'fs' | 'rgw';

export interface TortureCase {
  /** As given to --only: kill-web. */
  name: string;
  /** What is done to whom, for the table of results. */
  about: string;
  /** About streams, which a SYNC has none of. */
  hubOnly?: boolean;
  /** About what one kind of store does. */
  store?: StoreKind;
  /** Also run in the short form. */
  short?: boolean;
  /** It harms what the cases of one installation share: none is run beside it. */
  alone?: boolean;
  needs?: readonly Need[];
  setting?: Setting;
  /** It may take so long on a slow machine; a quarter of an hour when left out. */
  longestMinutes?: number;
  /**
   * Does the harm. Everything handed over is in the trial's ledger; waiting and judging follow. Returns what was done, in a few words.
   */
  run(trial: Trial): Promise<string>;
}
