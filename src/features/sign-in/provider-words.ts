import type { OidcRefusal } from '#src/shared/model/oidc-refusal.ts';

/** What to tell after a sign-in through a provider that came to nothing, and what to do. */
export function providerRefusalSentence(reason: OidcRefusal, provider: string): string {
  switch (reason) {
    case 'cancelled':
      return `You are not signed in: it was cancelled at ${provider}. Try again, or sign in with your password.`;
    case 'refused':
      return `${provider} refuses to sign you in here. Try again; if it goes on, tell the operator of Beamdeck.`;
    case 'not-begun':
      return `This sign-in was begun too long ago, in another tab or in another browser. Begin it again.`;
    case 'used':
      return `What ${provider} sent was used already or has expired. Begin the sign-in again.`;
    case 'unsound':
      return `What ${provider} sent cannot be trusted, so you are not signed in. Try again; if it goes on, tell the operator of Beamdeck.`;
    case 'clock':
      return `The clocks of ${provider} and of Beamdeck disagree, so you are not signed in. Tell the operator of Beamdeck.`;
    case 'unreachable':
      return `${provider} does not answer. Try again in a moment, or sign in with your password.`;
    case 'disabled':
      return 'Your account at Beamdeck is disabled. Ask the facility.';
    case 'linked-elsewhere':
      return `That account at ${provider} belongs to another account at Beamdeck. Sign out and sign in through ${provider} to use that one.`;
    case 'too-many':
      return 'Too many attempts that failed came from your network. Try again in a quarter of an hour.';
  }
}

/** Where a sign-in through a provider begins. @param to path of this site to come back to */
export const providerPath = (slot: string, to: string): string =>
  `/api/auth/provider/${slot}${to === '/' ? '' : `?${new URLSearchParams({ to })}`}`;

/** "DEM26-7K2QF and DEM26-00000". */
export const inWords = (codes: readonly string[]): string =>
  codes.length < 2 ? (codes[0] ?? '') : `${codes.slice(0, -1).join(', ')} and ${codes.at(-1)}`;
