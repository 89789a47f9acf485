import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requireFacility } from '../experiments/experiment.policy.ts';
import { isOfLab } from './lab.repository.ts';
import type { LicenceRow } from './ledger.repository.ts';

/** What a facility owns, for admins of it. Somebody else's, and what is not there, are one answer. */
export async function requireOwned<Row>(
  q: Queryable,
  ctx: ServiceContext,
  what: 'licence' | 'lab' | 'profile' | 'rule',
  row: Row | null,
  facilityIdOf: (row: Row) => string,
): Promise<Row> {
  if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
  const refused = () => new AppError('NOT_FOUND', `There is no such ${what}, or it is not yours to see.`);
  if (row === null) throw refused();
  try {
    await requireFacility(q, ctx, facilityIdOf(row), 'facility.licences');
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') throw refused();
    throw error;
  }
  return row;
}

/** Whose a licence is may say what else it pays for: a person of theirs, everybody in a lab of the lab's. */
export async function ownsLicence(q: Queryable, ctx: ServiceContext, licence: LicenceRow): Promise<boolean> {
  if (ctx.principal.kind !== 'person') return false;
  const { personId } = ctx.principal;
  if (licence.personId === personId) return true;
  return licence.labId !== null && isOfLab(q, licence.labId, personId);
}
