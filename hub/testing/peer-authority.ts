import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import {
  type ControlDocument,
  type ControlExperiment,
  controlRequestSchema,
  type SiteSwitch,
} from '#src/shared/contracts/agent-control.ts';
import {
  enrolRequestSchema,
  LICENCE_FORMAT,
  type LicencePayload,
} from '#src/shared/contracts/agent-licence.ts';

/** A refusal as the server words it. */
export interface PeerRefusal {
  code: string;
  message: string;
}

export const PEER_INSTRUMENT = {
  id: '00000000-0000-4000-8000-000000000001',
  slug: 'peer',
  name: 'peer',
} as const;
const FOLDERS = ['raw', 'processed', 'work', 'metadata', 'auxiliary'] as const;

/** An experiment as the control document tells of it. */
export function peerExperiment(code: string, changes: Partial<ControlExperiment> = {}): ControlExperiment {
  return {
    id: randomUUID(),
    code,
    title: `Experiment ${code}`,
    state: 'running',
    upload: 'on',
    uploadSince: new Date(0).toISOString(),
    held: 'send',
    ...changes,
  };
}

/** The peer's licences and its control document: what staff of a facility do in the web app. */
export class PeerAuthority {
  readonly agentId = randomUUID();
  /** Tokens given out; every other is refused once there is one. */
  readonly tokens: string[] = [];
  /** Said to every request with a token, and to enrolments. */
  refusal: PeerRefusal | null = null;
  /** Signs with another key than the one told at the enrolment. */
  wrongKey = false;
  private readonly keys = generateKeyPairSync('ed25519');
  private readonly others = generateKeyPairSync('ed25519');
  private readonly used = new Map<string, { host: string; agentKey: string; token: string }>();
  private readonly waiting = new Set<() => void>();
  private content: Omit<ControlDocument, 'revision' | 'issuedAt'>;

  constructor() {
    this.content = {
      format: 1,
      agentId: this.agentId,
      facility: { code: 'PEER', timeZone: 'Europe/Berlin' },
      instrument: PEER_INSTRUMENT,
      uploads: { mode: 'on', since: new Date().toISOString(), held: 'send' },
      folders: [...FOLDERS],
      storeOrigins: [],
      licenceExpiresAt: new Date(Date.now() + 86_400_000).toISOString(),
      historyFrom: new Date(0).toISOString(),
      activations: [],
      doubtfulSwitches: [],
      experiments: [],
      commands: [],
    };
  }

  /** Text of a licence file. `payload`: what it says otherwise than usual. */
  licence(payload: Partial<LicencePayload> = {}): string {
    const content: LicencePayload = {
      licenceId: randomUUID(),
      agentId: this.agentId,
      kind: 'hub',
      name: 'HUB of the peer',
      facility: { code: 'PEER', name: 'Peer' },
      instrument: PEER_INSTRUMENT,
      server: 'http://127.0.0.1',
      folders: [...FOLDERS],
      issuedAt: new Date().toISOString(),
      expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
      enrolmentSecret: randomUUID(),
      ...payload,
    };
    const bytes = Buffer.from(JSON.stringify(content));
    return JSON.stringify({
      beamdeckLicence: LICENCE_FORMAT,
      payload: bytes.toString('base64url'),
      signature: sign(null, bytes, this.keys.privateKey).toString('base64url'),
    });
  }

  enrol(json: unknown): { refusal: PeerRefusal } | { answer: unknown } {
    const { licence, host, agentKey } = enrolRequestSchema.parse(json);
    const bytes = Buffer.from(licence.payload, 'base64url');
    if (sign(null, bytes, this.keys.privateKey).toString('base64url') !== licence.signature) {
      return { refusal: { code: 'LICENCE_INVALID', message: 'This licence was changed.' } };
    }
    if (this.refusal) return { refusal: this.refusal };
    const { licenceId } = JSON.parse(bytes.toString()) as LicencePayload;
    const used = this.used.get(licenceId) ?? { host, agentKey, token: randomUUID() };
    if (used.agentKey !== agentKey)
      return { refusal: { code: 'CONFLICT', message: `This licence was used before, on ${used.host}.` } };
    this.used.set(licenceId, used);
    const { token } = used;
    this.tokens.push(token);
    const { x } = this.keys.publicKey.export({ format: 'jwk' });
    const serverTime = new Date().toISOString();
    return { answer: { agentId: this.agentId, token, publicKey: x, serverTime } };
  }

  /** Why a request with this header is refused; null when it is not. */
  refusalOf(authorization: string | undefined): PeerRefusal | null {
    if (this.refusal) return this.refusal;
    if (this.tokens.length === 0 || this.tokens.some((token) => authorization === `Bearer ${token}`))
      return null;
    return { code: 'NOT_SIGNED_IN', message: 'This token is not known.' };
  }

  /** Changes the control document; waiting agents hear of it at once. */
  control(changes: Partial<PeerAuthority['content']>): void {
    this.content = { ...this.content, ...changes };
    this.wake();
  }

  /** Puts switches made on site into the history, in their order, each lasting until the next. */
  takeSiteSwitches(switches: readonly SiteSwitch[]): void {
    if (switches.length === 0) return;
    const activations = [...this.content.activations];
    for (const { experimentId, at, clockOffsetMs } of switches) {
      const startedAt = new Date(Math.round(Date.parse(at) + clockOffsetMs)).toISOString();
      const active = activations.at(-1);
      if (active) activations[activations.length - 1] = { ...active, endedAt: active.endedAt ?? startedAt };
      if (experimentId !== null) activations.push({ experimentId, startedAt, endedAt: null });
    }
    this.control({ activations });
  }

  get current(): PeerAuthority['content'] {
    return this.content;
  }

  wake(): void {
    for (const wake of [...this.waiting]) wake();
  }

  private get revision(): string {
    return createHash('sha256').update(JSON.stringify(this.content)).digest('hex');
  }

  /** The long poll. @param gone resolves when the agent went away */
  async answerControl(json: unknown, gone: Promise<void>, now: () => string): Promise<unknown> {
    const { known, waitMs } = controlRequestSchema.parse(json);
    if (known === this.revision && this.refusal === null) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        const wake = () => {
          clearTimeout(timer);
          this.waiting.delete(wake);
          resolve();
        };
        this.waiting.add(wake);
        void gone.then(wake);
      });
    }
    if (known === this.revision) return { serverTime: now(), signed: null };
    const document = JSON.stringify({ ...this.content, revision: this.revision, issuedAt: now() });
    const key: KeyObject = (this.wrongKey ? this.others : this.keys).privateKey;
    const signature = sign(null, Buffer.from(document), key).toString('base64url');
    return { serverTime: now(), signed: { document, signature } };
  }
}
