import type { Folder } from '../../shared/model/states.ts';
import type { Role } from '../../shared/permissions/permission-table.ts';
import type { TokenScope } from '../../shared/permissions/token-scopes.ts';

/** Who asks. Services decide by this alone; how somebody signed in stays in `server/auth`. */
export type Principal =
  | { kind: 'person'; personId: string; sessionId: string; name: string; email: string }
  | {
      /** A program with an access token: never more than its person holds now, and only within the scopes. */
      kind: 'token';
      tokenId: string;
      personId: string;
      scopes: readonly TokenScope[];
      /** The only experiment it opens; null = every one of the person. */
      experimentId: string | null;
      /** Of a token made for an instrument: all it holds is what its person holds as staff there. */
      instrumentId: string | null;
    }
  | {
      kind: 'agent';
      agentId: string;
      instrumentId: string;
      name: string;
      /** Folders of an experiment that its licence lets it write. */
      folders: readonly Folder[];
    }
  | { kind: 'system'; name: string }
  | { kind: 'anonymous' };

/** Everything a service must not take from the air: who asks, what time it is, new ids, randomness. */
export interface ServiceContext {
  principal: Principal;
  requestId: string;
  now(): Date;
  /** A new UUID v7 (RFC 9562): sorts by time. */
  newId(): string;
  randomBytes(count: number): Uint8Array;
}

/** The person who acts, by themselves or by a token of theirs; null for agents, the system and the anonymous. */
export const actingPerson = ({ principal }: Pick<ServiceContext, 'principal'>): string | null =>
  principal.kind === 'person' || principal.kind === 'token' ? principal.personId : null;

export interface RolesHeld {
  roles: readonly Role[];
}
