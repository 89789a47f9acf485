import { z } from 'zod';

/*
 * What programs with an access token are answered (docs/api.md). Fields may be added, so readers must not refuse those they do not know.
 */

export const REST_API_BASE = '/api/v1';

/** Files on one page of a manifest when the caller does not say. */
export const MANIFEST_PAGE = 1000;
export const MANIFEST_PAGE_MOST = 5000;

export const manifestFileSchema = z.object({
  /** Relative to the experiment: raw/lyso/run_1_master.h5. */
  path: z.string(),
  sizeBytes: z.int().nonnegative(),
  /** Computed at the source; 64 lower-case hex digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** 1, and one more with every rewrite at the source. */
  version: z.int().positive(),
  /** When it was complete at its source, by its clock; null for results of jobs. */
  settledAt: z.iso.datetime().nullable(),
});
export type ManifestFile = z.infer<typeof manifestFileSchema>;

export const manifestPageSchema = z.object({
  /** Code of the experiment. */
  experiment: z.string(),
  files: z.array(manifestFileSchema),
  /** Asked for next: the rest, or once `complete`, what became visible or changed since. Its text means nothing to others. */
  cursor: z.string(),
  /** Nothing more for now. */
  complete: z.boolean(),
});
export type ManifestPage = z.infer<typeof manifestPageSchema>;

export const fileAddressSchema = manifestFileSchema.omit({ settledAt: true }).extend({
  /** Answers GET, with ranges, without the token. */
  url: z.string(),
  expiresAt: z.iso.datetime(),
});
export type FileAddress = z.infer<typeof fileAddressSchema>;

/** Paths in one question for addresses, at most. */
export const ADDRESSES_MOST = 500;

export const addressesRequestSchema = z.object({
  paths: z.array(z.string().min(1).max(4096)).min(1).max(ADDRESSES_MOST),
});

export const addressesSchema = z.object({
  /** Code of the experiment. */
  experiment: z.string(),
  /** In the order of the question, each path once. */
  files: z.array(fileAddressSchema),
  /** Paths under which there is no file. */
  missing: z.array(z.string()),
});
/** What a program that keeps a copy says of it, once every file it was to bring was looked at. */
export const copyReportSchema = z.object({
  /** Machine and folder, for people: "ws7: /data/DEM26-7K2QF". The same place again takes the place of what was said before. */
  place: z.string().trim().min(1).max(300),
  /** There, each proved by its SHA-256. */
  files: z.int().nonnegative(),
  sizeBytes: z.int().nonnegative(),
  /** That could not be brought. */
  failedFiles: z.int().nonnegative(),
  /** Whether all files of the experiment were asked for. */
  isWhole: z.boolean(),
});
export type CopyReport = z.infer<typeof copyReportSchema>;

export const copyNotedSchema = z.object({ experiment: z.string(), verifiedAt: z.iso.datetime() });
export type CopyNoted = z.infer<typeof copyNotedSchema>;

export type FileAddresses = z.infer<typeof addressesSchema>;
