/** From `pending` to any of the others, and from none of them anywhere. An offer past its time is expired, whether written down or not. */
export const OFFER_STATES = ['pending', 'accepted', 'declined', 'revoked', 'expired'] as const;
export type OfferState = (typeof OFFER_STATES)[number];

/** How long an invitation, and an offer of the ownership, waits for its answer. */
export const OFFER_DAYS = 14;
