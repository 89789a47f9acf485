import type { ExperimentRole, Role } from '#src/shared/permissions/permission-table.ts';
import type { Held } from './access-rules.ts';

/** What the caller sends to say who they are. */
export type Credential =
  | 'none'
  | 'live session'
  | 'revoked session'
  | 'expired session'
  | 'session of nobody'
  | 'token of another secret'
  | 'session of a disabled person'
  | 'agent token';

export interface PersonaSpec {
  credential: Credential;
  /** Written into the database. */
  member?: ExperimentRole;
  staffOf?: 'instrument' | 'other instrument';
  adminOf?: 'facility' | 'other facility';
  /** Viewer of the project that reads the experiments, or of one that did so until its links were taken back. */
  readsBy?: 'project' | 'former project';
}

/**
 * Everybody who may come to the door. Those whose session does not count hold as much as can be held, so that nothing but
 * the session can be what keeps them out.
 */
export const PERSONAS = {
  nobody: { credential: 'none' },
  'revoked session': { credential: 'revoked session', member: 'manager', staffOf: 'instrument' },
  'expired session': { credential: 'expired session', member: 'manager', staffOf: 'instrument' },
  'unknown session': { credential: 'session of nobody', member: 'manager', staffOf: 'instrument' },
  'forged session': { credential: 'token of another secret', member: 'manager', staffOf: 'instrument' },
  'disabled person': {
    credential: 'session of a disabled person',
    member: 'manager',
    staffOf: 'instrument',
  },
  agent: { credential: 'agent token' },
  stranger: { credential: 'live session' },
  viewer: { credential: 'live session', member: 'viewer' },
  member: { credential: 'live session', member: 'member' },
  manager: { credential: 'live session', member: 'manager' },
  owner: { credential: 'live session', member: 'owner' },
  staff: { credential: 'live session', staffOf: 'instrument' },
  'staff of another instrument': { credential: 'live session', staffOf: 'other instrument' },
  reader: { credential: 'live session', readsBy: 'project' },
  'former reader': { credential: 'live session', readsBy: 'former project' },
  admin: { credential: 'live session', adminOf: 'facility' },
  'admin of another facility': { credential: 'live session', adminOf: 'other facility' },
} as const satisfies Record<string, PersonaSpec>;

export type PersonaName = keyof typeof PERSONAS;
export const PERSONA_NAMES = Object.keys(PERSONAS) as PersonaName[];

/** What a persona holds in the experiment, in the project and at the instrument that every call is about. */
export function heldBy(name: PersonaName): Held {
  const spec: PersonaSpec = PERSONAS[name];
  const staff: Role[] = spec.staffOf === 'instrument' ? ['staff'] : [];
  const reader: Role[] = spec.readsBy === 'project' ? ['reader'] : [];
  const admin: Role[] = spec.adminOf === 'facility' ? ['admin'] : [];
  const isTied =
    [spec.member, spec.staffOf, spec.readsBy].some((tie) => tie !== undefined) || spec.adminOf === 'facility';
  return {
    signedIn: spec.credential === 'live session',
    inExperiment: [...(spec.member ? [spec.member] : []), ...reader, ...staff, ...admin],
    inProject: [...(spec.member ? [spec.member] : []), ...(reader.length > 0 ? ['viewer' as const] : [])],
    atInstrument: [...staff, ...admin],
    ...(isTied ? { ofFacility: true } : {}),
  };
}
