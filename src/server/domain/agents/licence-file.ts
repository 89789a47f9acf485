import {
  LICENCE_FORMAT,
  type LicenceFile,
  type LicencePayload,
  licenceFileSchema,
  licencePayloadSchema,
} from '../../../shared/contracts/agent-licence.ts';
import type { FacilityKeys } from './facility-keys.ts';

/** What the web app lets people save, and what set-up scripts write. */
export interface LicenceDownload {
  /** "mx-1-HUB.licence.json": of the instrument and the agent, safe on every system. */
  fileName: string;
  text: string;
}

const safeName = (text: string) => text.normalize('NFC').replaceAll(/[^\p{L}\p{N}._-]+/gu, '-');

/** The file as agents read it: see `licenceFileSchema`. */
export function writeLicenceFile(
  keys: FacilityKeys,
  facilityId: string,
  payload: LicencePayload,
): LicenceDownload {
  const json = JSON.stringify(payload);
  const file: LicenceFile = {
    beamdeckLicence: LICENCE_FORMAT,
    payload: Buffer.from(json, 'utf8').toString('base64url'),
    signature: keys.sign(facilityId, json),
  };
  return {
    fileName: `${safeName(payload.instrument.slug)}-${safeName(payload.name)}.licence.json`,
    text: `${JSON.stringify(file, null, 2)}\n`,
  };
}

/** Of which licence this is the file, whether or not it is genuine; null when it is none. */
export function licenceIdIn(text: string): string | null {
  try {
    const file = licenceFileSchema.safeParse(JSON.parse(text));
    return file.success ? (readPayload(file.data)?.payload.licenceId ?? null) : null;
  } catch {
    return null;
  }
}

export interface SignedPayload {
  payload: LicencePayload;
  /** The bytes that were signed. */
  signed: Uint8Array;
}

/** What a licence file says, before its signature is checked; null when it says nothing that could be a licence. */
export function readPayload(file: LicenceFile): SignedPayload | null {
  const signed = Buffer.from(file.payload, 'base64url');
  try {
    const parsed = licencePayloadSchema.safeParse(JSON.parse(signed.toString('utf8')));
    return parsed.success ? { payload: parsed.data, signed } : null;
  } catch {
    return null;
  }
}
