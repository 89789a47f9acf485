import type { StaffedInstrument } from './people.repository.ts';

/** A browser that a person signed in with. */
export interface SessionView {
  sessionId: string;
  current: boolean;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
  userAgent: string | null;
  ip: string | null;
}

/** What the shell needs to know about who is signed in. */
export interface Profile {
  personId: string;
  name: string;
  email: string;
  isAdmin: boolean;
  /** Whether the mails of this installation are for this person to see: admins, and everybody in a demo. */
  seesMails: boolean;
  instruments: StaffedInstrument[];
  facility: { name: string; code: string; timeZone: string } | null;
  /** The provider of OpenID Connect that this session came through, where it is set still; null for the password. */
  signedInThrough: string | null;
}

export interface OneTimeLink {
  /** Complete address to hand to the person, once; only its hash is kept. */
  url: string;
  token: string;
  expiresAt: Date;
}

export interface SignInInput {
  email: string;
  password: string;
  ip: string;
  userAgent: string | null;
}

export interface SignedIn {
  personId: string;
  sessionId: string;
  name: string;
  email: string;
  expiresAt: Date;
}
