import type { SignedIn } from './people.types.ts';

/** A provider of OpenID Connect, as far as people have to do with it. */
export interface ProviderName {
  /** In addresses. */
  slot: string;
  issuer: string;
  name: string;
}

/** What a provider has proved of somebody: claims of an ID token that was checked. */
export interface ProvenIdentity {
  issuer: string;
  subject: string;
  /** Null when it tells none, or what it tells is no address. */
  email: string | null;
  isEmailVerified: boolean;
  name: string | null;
}

/** What becomes of somebody who comes back from a provider. `linked`: signed in already, as whom it is linked to. */
export type Arrival =
  | { kind: 'session'; signedIn: SignedIn }
  | { kind: 'linked' }
  | { kind: 'unknown'; token: string; expiresAt: Date };

interface Told {
  provider: string;
  /** What the provider calls them. */
  label: string;
}

/** What the page shows to somebody whom no account is linked to. Which addresses have accounts is told to those alone whom the provider vouches for. */
export type IdentityAtDoor =
  | { state: 'gone' }
  /** Signed in: may link it. `asks`: what is needed to show that it is still them. */
  | ({ state: 'link'; you: { name: string; email: string }; asks: 'none' | 'password' | 'sign-in' } & Told)
  /** There is an account for the address. */
  | ({ state: 'account'; email: string } & Told)
  /** May make an account; `codes` of the experiments that wait for them. */
  | ({ state: 'join'; email: string; name: string; codes: string[] } & Told)
  | ({ state: 'uninvited'; email: string } & Told)
  /** The provider vouches for no address. */
  | ({ state: 'unverified' } & Told);

export interface SignInWays {
  hasPassword: boolean;
  identities: {
    identityId: string;
    provider: string;
    label: string;
    createdAt: Date;
    lastUsedAt: Date;
    /** False when the provider is not set any more. */
    isUsable: boolean;
  }[];
  providers: { slot: string; name: string }[];
}
