/** How long an address for a part PUT counts. */
export const PART_ADDRESS_S = 15 * 60;
/** How long an address for reading counts at least. */
export const READ_ADDRESS_S = 60 * 60;
/** Addresses for reading begin and end in steps of this, so that asking twice gives the same one and browsers can reuse what they have. */
const READ_ADDRESS_STEP_S = 10 * 60;

/** When the address ends that is to count at least `expiresInS` from now; seconds since 1970. */
export function readExpiryS(nowMs: number, expiresInS: number): number {
  const step = Math.min(READ_ADDRESS_STEP_S, expiresInS);
  return Math.ceil((Math.ceil(nowMs / 1000) + expiresInS) / step) * step;
}
