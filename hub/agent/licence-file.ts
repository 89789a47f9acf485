import { readFileSync, statSync } from 'node:fs';
import {
  LICENCE_FORMAT,
  type LicenceFile,
  type LicencePayload,
  licenceFileSchema,
  licencePayloadSchema,
  MAX_LICENCE_BYTES,
} from '#src/shared/contracts/agent-licence.ts';
import type { AgentProgram } from './agent-program.ts';

/** Why a licence file is of no use here: what is wrong, and what to do. */
export class LicenceFault extends Error {
  override readonly name = 'LicenceFault';
}

export interface Licence {
  file: LicenceFile;
  payload: LicencePayload;
}

export interface LicenceExpectations {
  program: AgentProgram;
  /** Slug of the instrument this agent is for; null when the configuration does not say. */
  instrument: string | null;
  /** Id and slug of the instrument whose data lie in the state folder; null before the first enrolment. */
  bound: { id: string; slug: string } | null;
  /** Server's time as well as it is known here: before this moment nothing has expired. */
  nowMs: number;
}

/**
 * Reads a licence and checks what can be known without the server: form, kind, instrument, expiry. Whether it was changed, revoked or
 * used before the server says. Throws LicenceFault.
 */
export function readLicence(path: string, expected: LicenceExpectations): Licence {
  const licence = parseLicence(path, readText(path));
  const { kind, instrument, expiresAt } = licence.payload;
  if (kind !== expected.program.kind) {
    throw new LicenceFault(
      `The licence ${path} is for a ${kind.toUpperCase()}, not for a ${expected.program.name}: ask staff for one of the right kind`,
    );
  }
  if (expected.instrument !== null && instrument.slug !== expected.instrument) {
    throw new LicenceFault(
      `The licence ${path} is for the instrument "${instrument.slug}", and the configuration says "${expected.instrument}": put the right licence in its place`,
    );
  }
  if (expected.bound !== null && expected.bound.id !== instrument.id) {
    throw new LicenceFault(
      `The licence ${path} is for the instrument "${instrument.slug}", and the state folder holds data of "${expected.bound.slug}": put the right licence in its place, or give another state_dir`,
    );
  }
  if (Date.parse(expiresAt) <= expected.nowMs) {
    throw new LicenceFault(
      `The licence ${path} expired on ${expiresAt.slice(0, 10)}: ask staff for a new one and put it in its place`,
    );
  }
  return licence;
}

function readText(path: string): string {
  try {
    if (statSync(path).size > MAX_LICENCE_BYTES) throw new LicenceFault(`${path} is too large for a licence`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof LicenceFault) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new LicenceFault(`There is no licence ${path}: put the file from the web app there`);
    const reason = error instanceof Error ? error.message : String(error);
    throw new LicenceFault(`The licence cannot be read (${reason}): put the file from the web app there`);
  }
}

function parseLicence(path: string, text: string): Licence {
  const again = 'download it from the web app once more';
  try {
    const json: unknown = JSON.parse(text);
    const format = (json as { beamdeckLicence?: unknown } | null)?.beamdeckLicence;
    if (typeof format === 'number' && format > LICENCE_FORMAT) {
      throw new LicenceFault(`The licence ${path} is of a newer version of Beamdeck: update this agent`);
    }
    const file = licenceFileSchema.parse(json);
    const payload = licencePayloadSchema.parse(
      JSON.parse(Buffer.from(file.payload, 'base64url').toString('utf8')),
    );
    return { file, payload };
  } catch (error) {
    if (error instanceof LicenceFault) throw error;
    throw new LicenceFault(`${path} is no licence, or not whole: ${again}`);
  }
}
