import type { Queryable } from '../../db/client.ts';
import type { LicenceView, StorageUse } from './accounting.types.ts';
import { listLicences } from './licence.repository.ts';
import { storageUse } from './storage-use.repository.ts';

const MOST_LICENCES = 10;

/** A licence of the facility itself, as far as staff of its instruments are told of it. */
export type FacilityLicence = Pick<
  LicenceView,
  'licenceId' | 'name' | 'validUntil' | 'grantedCpuMs' | 'reservedCpuMs' | 'settledCpuMs'
>;

/** What a facility keeps and what its own licences, valid at `at`, allow; those of labs and users are theirs. Rights are the caller's to check. */
export async function facilityAllowance(
  q: Queryable,
  facilityId: string,
  at: Date,
): Promise<{ storage: StorageUse; licences: FacilityLicence[] }> {
  const [storage, listed] = await Promise.all([
    storageUse(q, facilityId, at),
    listLicences(q, { facilityId, ownerKind: 'facility', validAt: at, limit: MOST_LICENCES }),
  ]);
  const licences = listed.map(({ licence }) => ({
    licenceId: licence.id,
    name: licence.name,
    validUntil: licence.validUntil,
    grantedCpuMs: licence.grantedCpuMs,
    reservedCpuMs: licence.reservedCpuMs,
    settledCpuMs: licence.settledCpuMs,
  }));
  return { storage, licences };
}
