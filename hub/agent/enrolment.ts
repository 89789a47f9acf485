import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type AgentAccess, type AgentIdentity, refusalOf } from './access.ts';
import type { AgentProgram } from './agent-program.ts';
import { type Licence, LicenceFault, readLicence } from './licence-file.ts';
import type { ReportLog } from './report-log.ts';
import { retryDelayMs } from './retry-delay.ts';
import { type ServerClient, ServerRefused, ServerUnreachable } from './server-client.ts';

/** How often the licence file is looked at: a new one is to be noticed without a restart. */
const LOOK_MS = 2000;
/** A licence that the server refused is tried again this often: staff may have restored it. */
const REFUSED_RETRY_MS = 15_000;
const IDENTITY_FILE = 'identity.json';
/** Of this state folder: with it the server answers again when its answer was lost. */
const KEY_FILE = 'agent.key';
const KEY_BYTES = 32;

const identitySchema: z.ZodType<AgentIdentity> = z.object({
  agentId: z.uuid(),
  licenceId: z.uuid(),
  instrument: z.object({ id: z.uuid(), slug: z.string() }),
  token: z.string(),
  publicKey: z.string(),
  licenceExpiresAt: z.iso.datetime(),
});

export interface EnrolmentDeps {
  licenceFile: string;
  stateDir: string;
  instrument: string | null;
  program: AgentProgram;
  client: ServerClient;
  access: AgentAccess;
  reports: ReportLog;
  version: string;
  /** Server's time at the least, ms: what has expired by then has expired. */
  earliestNow: () => number;
  signal: AbortSignal;
}

/**
 * Exchanges the licence for a token, once, and again when another licence lies in its place. Until that has worked nothing is sent,
 * while receiving goes on; whatever stands against it is told and tried again.
 */
export class Enrolment {
  private readonly deps: EnrolmentDeps;
  /** The licence the server refused last, and when it may be tried again. */
  private refused: { payload: string; untilMs: number } | null = null;
  private told = '';
  private attempt = 0;

  constructor(deps: EnrolmentDeps) {
    this.deps = deps;
    const identity = readIdentity(deps.stateDir);
    if (identity) deps.access.enrolled(identity);
  }

  /** Ends when the signal fires; never rejects. */
  async run(): Promise<void> {
    const { signal } = this.deps;
    while (!signal.aborted) {
      const waitMs = await this.look();
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Returns after how many ms to look again. */
  private async look(): Promise<number> {
    const { access } = this.deps;
    try {
      const licence = this.read();
      if (licence.payload.licenceId === access.identity?.licenceId) return LOOK_MS;
      if (this.refused?.payload === licence.file.payload && performance.now() < this.refused.untilMs) {
        return LOOK_MS;
      }
      await this.enrol(licence);
      return LOOK_MS;
    } catch (error) {
      return this.failed(error);
    }
  }

  private read(): Licence {
    const { licenceFile, instrument, program, access, earliestNow } = this.deps;
    return readLicence(licenceFile, {
      program,
      instrument,
      bound: access.identity?.instrument ?? null,
      nowMs: earliestNow(),
    });
  }

  private async enrol({ file, payload }: Licence): Promise<void> {
    const { client, access, reports, stateDir, version } = this.deps;
    reserveIdentity(stateDir);
    const agentKey = keyOf(stateDir);
    try {
      const host = hostname().slice(0, 200);
      const answer = await client.enrol({ licence: file, host, version, agentKey });
      const identity: AgentIdentity = {
        agentId: answer.agentId,
        licenceId: payload.licenceId,
        instrument: { id: payload.instrument.id, slug: payload.instrument.slug },
        token: answer.token,
        publicKey: answer.publicKey,
        licenceExpiresAt: payload.expiresAt,
      };
      access.enrolled(identity);
      writeIdentity(stateDir, identity);
      this.attempt = 0;
      this.told = '';
      const message = `Enrolled as ${payload.name} of ${payload.instrument.name}, licence until ${payload.expiresAt.slice(0, 10)}.`;
      reports.add({ level: 'info', code: 'enrolled', message });
    } catch (error) {
      if (error instanceof ServerRefused) {
        this.refused = { payload: file.payload, untilMs: performance.now() + REFUSED_RETRY_MS };
      }
      throw error;
    }
  }

  private failed(error: unknown): number {
    const { access } = this.deps;
    if (error instanceof ServerUnreachable) {
      if (access.token === null) {
        const message = `The licence cannot be exchanged: ${error.message}. Trying again; data are kept meanwhile.`;
        this.deps.reports.add({ level: 'error', code: 'server-unreachable', message });
      }
      return error.retryAfterMs ?? retryDelayMs(this.attempt++);
    }
    if (error instanceof LicenceFault) this.tell({ code: 'LICENCE_FILE', message: `${error.message}.` });
    else if (error instanceof ServerRefused) this.tell(refusalOf(error));
    else this.tell({ code: 'LICENCE_FILE', message: `The licence cannot be used: ${String(error)}.` });
    return LOOK_MS;
  }

  /** An agent that is enrolled goes on with what it has; of another file in its place it is told once. */
  private tell(refusal: { code: string; message: string }): void {
    const { access, reports } = this.deps;
    const isNew = this.told !== refusal.message;
    this.told = refusal.message;
    if (access.token === null) access.refuse(refusal);
    else if (isNew) reports.add({ level: 'error', code: 'licence-refused', message: refusal.message });
  }
}

function readIdentity(stateDir: string): AgentIdentity | null {
  try {
    return identitySchema.parse(JSON.parse(readFileSync(path.join(stateDir, IDENTITY_FILE), 'utf8')));
  } catch {
    // Not enrolled yet; or the file is damaged, and then a new licence is needed, which the server will say.
    return null;
  }
}

/** Larger than any identity: what was reserved is overwritten in place. */
const IDENTITY_BYTES = 4096;

/** There must be room on disk for the token before it is asked for. Throws what the file system says. */
function reserveIdentity(stateDir: string): void {
  writeDurably(path.join(stateDir, `${IDENTITY_FILE}.new`), 'w', '');
}

/** The key of this state folder, made when there is none; on disk before it is used. Throws what the file system says. */
function keyOf(stateDir: string): string {
  const file = path.join(stateDir, KEY_FILE);
  const known = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (Buffer.from(known, 'base64url').length === KEY_BYTES) return known;
  const made = randomBytes(KEY_BYTES).toString('base64url');
  writeDurably(`${file}.new`, 'w', made);
  renameSync(`${file}.new`, file);
  return made;
}

function writeIdentity(stateDir: string, identity: AgentIdentity): void {
  const file = path.join(stateDir, IDENTITY_FILE);
  writeDurably(`${file}.new`, 'r+', JSON.stringify(identity));
  renameSync(`${file}.new`, file);
}

function writeDurably(file: string, flags: 'w' | 'r+', text: string): void {
  const fd = openSync(file, flags, 0o600);
  try {
    writeSync(fd, text.padEnd(IDENTITY_BYTES));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
