import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import type { CockpitScope } from './cockpit-scope.repository.ts';
import { listReachable, type ReachableInstrument } from './instrument.repository.ts';

/**
 * The instrument as the caller may see its cockpit. Staff see the whole, members of its experiments their own part. NOT_FOUND for everybody
 * else, NOT_ALLOWED for admins of the facility, who know that it exists.
 */
export async function requireCockpit(
  q: Queryable,
  ctx: ServiceContext,
  slug: string,
): Promise<{ row: ReachableInstrument; scope: CockpitScope; isWhole: boolean }> {
  if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
  const hidden = new AppError('NOT_FOUND', 'There is no such instrument, or it is not yours to see.');
  if (ctx.principal.kind === 'agent' || ctx.principal.kind === 'token') throw hidden;
  const personId = ctx.principal.kind === 'person' ? ctx.principal.personId : null;
  const [row] = await listReachable(q, personId, slug);
  if (!row) throw hidden;
  const isWhole = row.isStaff || personId === null;
  if (!isWhole && row.experimentIds.length === 0) {
    throw new AppError(
      'NOT_ALLOWED',
      'The cockpit is for staff of the instrument and members of its experiments.',
    );
  }
  const experimentIds = isWhole ? null : row.experimentIds;
  return { row, isWhole, scope: { instrumentId: row.instrument.id, experimentIds, at: ctx.now() } };
}
