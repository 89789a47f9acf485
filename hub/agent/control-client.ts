import {
  type AgentCommand,
  type ControlDocument,
  MAX_CONTROL_WAIT_MS,
} from '#src/shared/contracts/agent-control.ts';
import type { AgentAccess } from './access.ts';
import { ControlFault, openControlDocument, type SignedDocument } from './control-document.ts';
import type { Journal } from './journal.ts';
import type { ReportLog } from './report-log.ts';
import { retryDelayMs } from './retry-delay.ts';
import { type ServerClient, ServerRefused, ServerUnreachable } from './server-client.ts';

const META_KEY = 'control-document';
/** After a wrong document, or a refusal, of which the heartbeat tells. */
const REFUSED_RETRY_MS = 5000;
/** A server that is back is to be obeyed within two seconds. */
const LONGEST_RETRY_MS = 1500;

export interface ControlClientDeps {
  client: ServerClient;
  access: AgentAccess;
  journal: Journal;
  reports: ReportLog;
  signal: AbortSignal;
  /** Called with each new document, before it is kept: what follows from the change must be noted first. */
  accept: (document: ControlDocument) => void;
  /** The server's word of `serverTime` is what is in force, whether it sent a document or not. */
  confirmed: (serverTime: string) => void;
  /** The server has no control documents for this agent. */
  withoutControl: () => void;
  /** Called with the commands of each document, also with those heard before. */
  command: (commands: readonly AgentCommand[]) => void;
}

/**
 * Asks for the control document, again as soon as the answer is there (the server answers when something changes). What was signed is
 * kept over restarts; what is not signed rightly is not obeyed, told, and the last good one stays in force.
 */
export class ControlClient {
  private readonly deps: ControlClientDeps;
  private document: ControlDocument | null = null;
  private attempt = 0;

  constructor(deps: ControlClientDeps) {
    this.deps = deps;
  }

  get revision(): string | null {
    return this.document?.revision ?? null;
  }

  /** The document of a former process; before anything is sent. */
  restore(): void {
    const text = this.deps.journal.meta(META_KEY);
    const { identity } = this.deps.access;
    if (text === null || identity === null) return;
    try {
      const document = openControlDocument(JSON.parse(text) as SignedDocument, identity);
      this.document = document;
      this.deps.accept(document);
    } catch (error) {
      // Of a former enrolment, with another key: the server sends a new one.
      this.deps.reports.logOnly({ code: 'control-forgotten', message: String(error) });
    }
  }

  /** Ends when the signal fires; never rejects. */
  async run(): Promise<void> {
    const { access, signal } = this.deps;
    while (!signal.aborted) {
      try {
        // An agent with a given token has no key to check with.
        if (access.identity === null) await access.changed.wait(signal);
        else await this.ask();
      } catch (error) {
        await this.failed(error);
      }
    }
  }

  private async ask(): Promise<void> {
    const { client, access, signal } = this.deps;
    // A new enrolment brings a new key: what is asked for with the old one is of no use.
    const changed = new AbortController();
    const stopped = AbortSignal.any([signal, changed.signal]);
    const heard = access.changed.wait(stopped).then(
      () => changed.abort(new Error('enrolled anew')),
      () => undefined,
    );
    try {
      const { signed, serverTime } = await client.control(
        { known: this.revision, waitMs: MAX_CONTROL_WAIT_MS },
        stopped,
      );
      this.attempt = 0;
      if (signed !== null) this.take(signed);
      this.deps.confirmed(serverTime);
    } finally {
      changed.abort();
      await heard;
    }
  }

  private take(signed: SignedDocument): void {
    const { identity } = this.deps.access;
    if (identity === null) return;
    const document = openControlDocument(signed, identity);
    this.deps.accept(document);
    this.document = document;
    this.deps.journal.setMeta(
      META_KEY,
      JSON.stringify({ document: signed.document, signature: signed.signature }),
    );
    this.deps.command(document.commands);
  }

  private async failed(error: unknown): Promise<void> {
    const { reports, signal, access } = this.deps;
    if (signal.aborted) return;
    let waitMs = REFUSED_RETRY_MS;
    if (error instanceof ControlFault) {
      const message = `The server's instructions are not obeyed: ${error.message}. The last good ones stay in force; if the facility's key has changed, ask staff for a new licence.`;
      reports.add({ level: 'error', code: 'control-refused', message });
    } else if (error instanceof ServerUnreachable) {
      waitMs = Math.min(LONGEST_RETRY_MS, retryDelayMs(this.attempt++));
    } else if (error instanceof ServerRefused) {
      if (error.status === 404) this.deps.withoutControl();
    } else {
      reports.addThrown('The instructions of the server could not be taken over', error);
    }
    const over = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(waitMs))]);
    await access.changed.wait(over).catch(() => undefined);
  }
}
