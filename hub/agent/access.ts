import { Broadcast } from './broadcast.ts';
import type { ServerRefused } from './http-transport.ts';

/** Who this agent is to the server; kept in the state folder, readable by its own account alone. */
export interface AgentIdentity {
  agentId: string;
  /** Of the licence it was enrolled with. */
  licenceId: string;
  instrument: { id: string; slug: string };
  token: string;
  /** Ed25519 public key of the facility, 32 bytes, base64url. */
  publicKey: string;
  licenceExpiresAt: string;
}

export interface AccessRefusal {
  code: string;
  /** What happened and what to do; one or two sentences. */
  message: string;
}

const ADVICE: Readonly<Record<string, string>> = {
  LICENCE_EXPIRED: 'Ask staff for a new licence and put it in the place of the old one',
  LICENCE_REVOKED: 'Ask staff to restore it, or for a new licence',
  LICENCE_INVALID: 'Take the licence file as it is from the web app once more, or ask staff for a new one',
  CONFLICT: 'Ask staff for a new licence and put it in the place of this one',
  NOT_SIGNED_IN: 'Ask staff for a new licence',
};

/** Whether the server refuses the agent itself and not what it asked for. */
export const isAccessRefusal = ({ status, code }: { status: number; code: string }): boolean =>
  status === 401 || code.startsWith('LICENCE_');

/** The server's reason, and what to do. */
export function refusalOf({ code, message }: { code: string; message: string }): AccessRefusal {
  const advice = ADVICE[code] ?? 'Ask staff of the facility';
  return { code, message: `${message}. ${advice}; data are kept meanwhile.` };
}

/**
 * Whether this agent may send, as far as the licence decides: the token, and why the server refuses it. It goes on by itself: each
 * answer to the heartbeat says how it is now.
 */
export class AgentAccess {
  /** Heard when the token or the refusal changed. */
  readonly changed = new Broadcast();
  private known: AgentIdentity | null = null;
  private reason: AccessRefusal | null = { code: 'NOT_ENROLLED', message: 'This agent is not enrolled yet.' };
  private readonly fixed: string | null;
  private readonly onRefused: (refusal: AccessRefusal) => void;

  /** @param fixedToken of an agent that was given its token instead of a licence */
  constructor(fixedToken: string | null, onRefused: (refusal: AccessRefusal) => void) {
    this.fixed = fixedToken;
    this.onRefused = onRefused;
    if (fixedToken !== null) this.reason = null;
  }

  get token(): string | null {
    return this.fixed ?? this.known?.token ?? null;
  }

  get identity(): AgentIdentity | null {
    return this.known;
  }

  /** Null when the agent may send. */
  get refusal(): AccessRefusal | null {
    return this.reason;
  }

  enrolled(identity: AgentIdentity): void {
    this.known = identity;
    this.reason = null;
    this.changed.notify();
  }

  heard(refusal: ServerRefused | null): void {
    if (refusal !== null && !isAccessRefusal(refusal)) return;
    if (refusal === null) {
      if (this.reason === null) return;
      this.reason = null;
      this.changed.notify();
    } else this.refuse(refusalOf(refusal));
  }

  refuse(reason: AccessRefusal): void {
    this.onRefused(reason);
    if (this.reason?.code === reason.code && this.reason.message === reason.message) return;
    this.reason = reason;
    this.changed.notify();
  }
}
