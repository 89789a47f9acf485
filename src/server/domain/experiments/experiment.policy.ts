import { AppError } from '../../../shared/errors/app-error.ts';
import { parseExperimentCode } from '../../../shared/model/experiment-code.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import {
  allows,
  type ExperimentAction,
  type FacilityAction,
  type InstrumentAction,
  type Role,
} from '../../../shared/permissions/permission-table.ts';
import { scopeFor, scopesAllow } from '../../../shared/permissions/token-scopes.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import {
  type ExperimentAccess,
  type ExperimentRow,
  experimentAccess,
  findExperiment,
  findExperimentByCode,
  findInstrument,
  type InstrumentRow,
  instrumentAccess,
  isFacilityAdmin,
} from './access.repository.ts';

export type { ExperimentRow, InstrumentRow } from './access.repository.ts';

/** How long staff keep access to a proprietary experiment after its end (facility policy later; the default of the product). */
export const STAFF_ACCESS_MS = 30 * 24 * 3600 * 1000;

/** Staff see an experiment of their instrument until 30 days after its end when it is proprietary; after that only as a member. */
export function staffAccessEndsAt(row: Pick<ExperimentRow, 'proprietary' | 'finishedAt'>): Date | null {
  if (!row.proprietary || row.finishedAt === null) return null;
  return new Date(row.finishedAt.getTime() + STAFF_ACCESS_MS);
}

/** The roles that joined rows amount to now; `isAdmin` may be left out where lists do not need it. */
export function visibleRoles(
  access: Pick<ExperimentAccess, 'experiment' | 'memberRole' | 'isStaff'> & { isAdmin?: boolean },
  now: Date,
): Role[] {
  const roles: Role[] = [];
  if (access.memberRole) roles.push(access.memberRole);
  const staffUntil = staffAccessEndsAt(access.experiment);
  if (access.isStaff && (staffUntil === null || now < staffUntil)) roles.push('staff');
  if (access.isAdmin) roles.push('admin');
  return roles;
}

/** The roles the caller holds in an experiment: empty for strangers, agents and the anonymous, and for an experiment that is not there. */
export async function rolesIn(q: Queryable, ctx: ServiceContext, experimentId: string): Promise<Role[]> {
  if (ctx.principal.kind !== 'person' || !isUuid(experimentId)) return [];
  const [access] = await experimentAccess(q, ctx.principal.personId, [experimentId]);
  return access ? visibleRoles(access, ctx.now()) : [];
}

function refuse(ctx: ServiceContext, what: string): AppError {
  if (ctx.principal.kind === 'anonymous') return new AppError('NOT_SIGNED_IN');
  return new AppError('NOT_FOUND', `There is no such ${what}, or it is not yours to see.`);
}

/**
 * What a token was not made for is refused before anything is looked up, so that the answer tells nothing of what there is. The experiment
 * of a token that opens only one is the only one there is for it.
 */
function assertWithinToken(ctx: ServiceContext, experimentId: string, action: ExperimentAction): void {
  const { principal } = ctx;
  if (principal.kind !== 'token') return;
  if (!scopesAllow(principal.scopes, action)) {
    const scope = scopeFor(action);
    throw new AppError(
      'NOT_ALLOWED',
      scope === null
        ? 'Access tokens cannot do this; sign in to the web app for it.'
        : `This access token was not made for ${scope}. Make one with that scope on your account page.`,
    );
  }
  if (principal.experimentId !== null && principal.experimentId !== experimentId) {
    throw refuse(ctx, 'experiment');
  }
}

/**
 * The experiment, when the caller may do this with it; a token may when its person may and its scopes cover it. The system may do everything. Who may not even see it is told
 * NOT_FOUND, exactly as when it did not exist (admins too: they see no data without being a member); who sees it but
 * may not do this, NOT_ALLOWED.
 */
export async function requireExperiment(
  q: Queryable,
  ctx: ServiceContext,
  experimentId: string,
  action: ExperimentAction,
): Promise<ExperimentRow> {
  assertWithinToken(ctx, experimentId, action);
  if (!isUuid(experimentId)) throw refuse(ctx, 'experiment');
  if (ctx.principal.kind === 'system') {
    const row = await findExperiment(q, experimentId);
    if (!row) throw refuse(ctx, 'experiment');
    return row;
  }
  if (ctx.principal.kind !== 'person' && ctx.principal.kind !== 'token') throw refuse(ctx, 'experiment');
  const [access] = await experimentAccess(q, ctx.principal.personId, [experimentId]);
  if (!access) throw refuse(ctx, 'experiment');
  const roles = visibleRoles(access, ctx.now());
  if (!allows('experiment.view', roles)) throw refuse(ctx, 'experiment');
  if (!allows(action, roles)) throw new AppError('NOT_ALLOWED');
  return access.experiment;
}

/** The same by its code as people type it: there is none of that code, and it is not theirs to see, are one answer. */
export async function requireExperimentOfCode(
  q: Queryable,
  ctx: ServiceContext,
  typed: string,
  action: ExperimentAction,
): Promise<ExperimentRow> {
  const code = parseExperimentCode(typed);
  const found = code === null ? null : await findExperimentByCode(q, code);
  return requireExperiment(q, ctx, found?.id ?? '', action);
}

/** The instrument, when the caller may do this with it. A stranger gets NOT_FOUND; an admin who is not staff, NOT_ALLOWED. */
export async function requireInstrument(
  q: Queryable,
  ctx: ServiceContext,
  instrumentId: string,
  action: InstrumentAction,
): Promise<InstrumentRow> {
  if (!isUuid(instrumentId)) throw refuse(ctx, 'instrument');
  if (ctx.principal.kind === 'system') {
    const row = await findInstrument(q, instrumentId);
    if (!row) throw refuse(ctx, 'instrument');
    return row;
  }
  if (ctx.principal.kind !== 'person') throw refuse(ctx, 'instrument');
  const access = await instrumentAccess(q, ctx.principal.personId, instrumentId);
  if (!access) throw refuse(ctx, 'instrument');
  const roles: Role[] = [
    ...(access.isStaff ? ['staff' as const] : []),
    ...(access.isAdmin ? ['admin' as const] : []),
  ];
  if (roles.length === 0) throw refuse(ctx, 'instrument');
  if (!allows(action, roles)) throw new AppError('NOT_ALLOWED');
  return access.instrument;
}

/** Passes for the system and for admins of the facility; everybody else gets NOT_FOUND. */
export async function requireFacility(
  q: Queryable,
  ctx: ServiceContext,
  facilityId: string,
  action: FacilityAction,
): Promise<void> {
  if (ctx.principal.kind === 'system') return;
  if (ctx.principal.kind !== 'person' || !isUuid(facilityId)) throw refuse(ctx, 'facility');
  const held: Role[] = (await isFacilityAdmin(q, facilityId, ctx.principal.personId)) ? ['admin'] : [];
  if (!allows(action, held)) throw refuse(ctx, 'facility');
}
