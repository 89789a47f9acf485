import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LicencePayload } from '#src/shared/contracts/agent-licence.ts';
import { HubRig } from './hub-rig.ts';

/** A rig whose HUB enrols itself with a licence of the peer. */
export async function licensedRig(): Promise<HubRig> {
  const rig = await HubRig.create();
  rig.config = { ...rig.config, token: null, licenceFile: path.join(rig.folder, 'licence.json') };
  return rig;
}

/** Puts a licence of the peer in the place where the rig's HUB looks for it; returns its text. */
export function putLicence(rig: HubRig, payload: Partial<LicencePayload> = {}): string {
  const text = rig.peer.authority.licence(payload);
  writeFileSync(rig.config.licenceFile!, text);
  return text;
}
