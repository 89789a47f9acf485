/** Shares of its quota at which the hot storage of a facility is spoken of, in percent. */
export const STORAGE_WARNINGS = [80, 90, 100] as const;
export type StorageWarning = (typeof STORAGE_WARNINGS)[number];

/** Beyond this share of the quota nothing is stored any more but data of the instruments. */
export const STORAGE_LIMIT_SHARE = 1.1;

export interface StorageLevel {
  hotBytes: number;
  /** Null: no valid licence of the facility says one. */
  quotaBytes: number | null;
  /** The highest warning that is reached; null below the first. */
  warning: StorageWarning | null;
  /** Results of jobs and uploads by hand are refused. */
  isFull: boolean;
}

/** What a use of hot storage means under a quota, both in bytes. */
export function storageLevel(hotBytes: number, quotaBytes: number | null): StorageLevel {
  if (quotaBytes === null) return { hotBytes, quotaBytes, warning: null, isFull: false };
  const reached = STORAGE_WARNINGS.filter((percent) => hotBytes * 100 >= percent * quotaBytes);
  return {
    ...{ hotBytes, quotaBytes, warning: reached.at(-1) ?? null },
    isFull: hotBytes > STORAGE_LIMIT_SHARE * quotaBytes,
  };
}

/** "11.2 TB", "840 GB" below one, "0.5 GB" of small quotas: in decimal units as disks count. */
export const storageSize = (bytes: number): string =>
  bytes >= 1e12 ? `${Math.round(bytes / 1e10) / 100} TB` : `${Math.round(bytes / 1e7) / 100} GB`;
