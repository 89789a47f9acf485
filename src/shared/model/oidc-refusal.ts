/** Why a sign-in through a provider of OpenID Connect came to nothing. */
export const OIDC_REFUSALS = [
  /** The person, or the provider for them, said no there. */
  'cancelled',
  /** The provider answered with another error. */
  'refused',
  /** Begun too long ago, in another browser, or not at all. */
  'not-begun',
  /** What brought the person here was used before. */
  'used',
  /** The provider's answer was not made for this sign-in: wrong signature, audience, nonce. */
  'unsound',
  /** The clocks disagree. */
  'clock',
  /** The provider does not answer. */
  'unreachable',
  'disabled',
  /** Linked to another account than the one that is signed in. */
  'linked-elsewhere',
  'too-many',
] as const;
export type OidcRefusal = (typeof OIDC_REFUSALS)[number];

export const asOidcRefusal = (text: string | null | undefined): OidcRefusal | null =>
  OIDC_REFUSALS.find((each) => each === text) ?? null;
