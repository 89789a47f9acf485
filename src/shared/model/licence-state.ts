/** Where a licence of an agent stands; `not-enrolled`: its file was not exchanged for a token yet. */
export const LICENCE_STATES = ['not-enrolled', 'valid', 'expires-soon', 'expired', 'revoked'] as const;
export type LicenceState = (typeof LICENCE_STATES)[number];

/** From this long before its end on people are told, so that a new one is there before a beam time. */
export const LICENCE_WARNING_MS = 14 * 24 * 3600 * 1000;
/** What the web app proposes for a new licence. */
export const LICENCE_DEFAULT_DAYS = 365;
/** The longest a licence may be valid: about five years. */
export const LICENCE_MAX_DAYS = 1830;

export interface LicenceFacts {
  expiresAt: Date;
  enrolledAt: Date | null;
  revokedAt: Date | null;
}

/** A revoked licence is `revoked` also when it has expired since: that is what staff decided. */
export function licenceState(licence: LicenceFacts, now: Date): LicenceState {
  if (licence.revokedAt !== null) return 'revoked';
  const leftMs = licence.expiresAt.getTime() - now.getTime();
  if (leftMs <= 0) return 'expired';
  if (licence.enrolledAt === null) return 'not-enrolled';
  return leftMs < LICENCE_WARNING_MS ? 'expires-soon' : 'valid';
}
