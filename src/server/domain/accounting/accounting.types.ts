import { z } from 'zod';
import type { LedgerKind, LicenceOwner, RunKind } from '../../../shared/model/accounting.ts';

const MOST = Number.MAX_SAFE_INTEGER;
/** 100 million CPU hours. */
export const MOST_CPU_MS = 360_000_000_000_000;

const named = z.string().trim().min(1).max(120);
const bytes = z.int().min(0).max(MOST);
const cpuMs = z.int().min(0).max(MOST_CPU_MS);
const windowDays = z.int().min(0).max(3650);

export const licenceOwnerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('facility') }),
  z.object({ kind: z.literal('lab'), labId: z.uuid() }),
  z.object({ kind: z.literal('user'), email: z.string().trim().min(3).max(320) }),
]);

const termsShape = {
  validUntil: z.coerce.date(),
  hotBytes: bytes,
  archiveBytes: bytes,
  processingWindowDays: windowDays.nullable(),
};

export const newLicenceSchema = z.object({
  facilityId: z.uuid(),
  name: named,
  owner: licenceOwnerSchema,
  validFrom: z.coerce.date(),
  cpuMs,
  ...termsShape,
});
export type NewLicence = z.infer<typeof newLicenceSchema>;

export const licenceTermsSchema = z.object({
  licenceId: z.uuid(),
  ...termsShape,
  /** What the caller saw: a change in the meantime is told, not overwritten. */
  expectedValidUntil: z.coerce.date(),
});
export type LicenceTerms = z.infer<typeof licenceTermsSchema>;

export const grantSchema = z.object({
  licenceId: z.uuid(),
  /** Made by the caller, so that what is sent twice counts once. */
  grantId: z.uuid(),
  /** Given; negative = taken back. */
  cpuMs: z.int().min(-MOST_CPU_MS).max(MOST_CPU_MS),
  reason: z.string().trim().max(500),
});
export type Grant = z.infer<typeof grantSchema>;

export const newProfileSchema = z.object({
  facilityId: z.uuid(),
  name: named,
  cpus: z.int().min(1).max(100_000),
  memoryBytes: z.int().min(1).max(MOST),
  gpu: z.string().trim().min(1).max(60).nullable(),
  /** CPU hours per hour in thousandths; null = one per CPU. */
  priceMilli: z.int().min(0).max(1_000_000_000).nullable(),
});
export type NewProfile = z.infer<typeof newProfileSchema>;

export const newSponsorshipSchema = z.object({
  licenceId: z.uuid(),
  /** What it pays for; null = whatever. */
  instrumentId: z.uuid().nullable(),
  experimentCode: z.string().trim().min(1).max(20).nullable(),
  templateSlug: z.string().min(1).max(40).nullable(),
  /** The first instant at which it pays no more. */
  validUntil: z.coerce.date().nullable(),
  mostCpuMs: z.int().min(1).max(MOST_CPU_MS).nullable(),
});
export type NewSponsorship = z.infer<typeof newSponsorshipSchema>;

/** A rule as admins see it, and whose licence it is; null = whatever. */
export interface SponsorshipView {
  ruleId: string;
  instrumentName: string | null;
  experimentCode: string | null;
  templateSlug: string | null;
  validUntil: Date | null;
  mostCpuMs: number | null;
  /** Charged to it and set aside by it. */
  usedCpuMs: number;
  createdAt: Date;
  endedAt: Date | null;
}

export interface ProfileView {
  profileId: string;
  name: string;
  cpus: number;
  memoryBytes: number;
  gpu: string | null;
  priceMilli: number;
  createdAt: Date;
  retiredAt: Date | null;
}

/** A licence as those see it whose it is. */
export interface OwnLicence extends LicenceView {
  facilityName: string;
  timeZone: string;
}

export interface LicenceView {
  licenceId: string;
  name: string;
  owner: { kind: LicenceOwner; name: string; email: string | null };
  validFrom: Date;
  validUntil: Date;
  isValid: boolean;
  grantedCpuMs: number;
  reservedCpuMs: number;
  settledCpuMs: number;
  hotBytes: number;
  archiveBytes: number;
  processingWindowDays: number | null;
  createdAt: Date;
}

/** What somebody, or triggers (null), used of a licence. */
export interface UseByPerson {
  person: { id: string; name: string; email: string } | null;
  runs: number;
  settledCpuMs: number;
  reservedCpuMs: number;
  unchargedCpuMs: number;
}

export interface UseByMonth {
  /** First day in the facility's time zone: `2026-11-01`. */
  month: string;
  settledCpuMs: number;
}

export interface LedgerLine {
  entryId: string;
  kind: LedgerKind;
  cpuMs: number;
  runKind: RunKind | null;
  personName: string | null;
  /** The job it is about, for callers who see its experiment. */
  job: { jobId: string; name: string; experimentCode: string } | null;
  wallMs: number | null;
  priceMilli: number | null;
  unchargedCpuMs: number;
  reason: string;
  at: Date;
}

export interface LicenceUse {
  licence: LicenceView;
  byPerson: UseByPerson[];
  byMonth: UseByMonth[];
  /** The newest rows of the ledger. */
  newest: LedgerLine[];
}

export interface LabView {
  labId: string;
  name: string;
  people: { id: string; name: string; email: string }[];
}

/** Bytes kept for a facility, former versions included, and what its valid licences allow; null = none says. */
export interface StorageUse {
  hotBytes: number;
  hotQuotaBytes: number | null;
  archiveQuotaBytes: number | null;
}
