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
import { scopeFor, scopesAllow, type TokenAction } from '../../../shared/permissions/token-scopes.ts';
import type { Queryable } from '../../db/client.ts';
import { actingPerson, type Principal, type ServiceContext } from '../context.ts';
import {
  type ContainerRow,
  type ExperimentAccess,
  type ExperimentRow,
  experimentAccess,
  findContainer,
  findContainerByCode,
  findInstrument,
  type InstrumentRow,
  instrumentAccess,
  isFacilityAdmin,
  type ProjectRow,
} from './access.repository.ts';

export type { ContainerRow, ExperimentRow, InstrumentRow, ProjectRow } from './access.repository.ts';

/** The roles that joined rows amount to now; `isAdmin` may be left out where lists do not need it. */
export function visibleRoles(
  access: Pick<ExperimentAccess, 'experiment' | 'memberRole' | 'isReader' | 'isStaff'> & {
    isAdmin?: boolean;
  },
): Role[] {
  const roles: Role[] = [];
  if (access.memberRole) roles.push(access.memberRole);
  else if (access.isReader) roles.push('reader');
  if (access.isStaff) roles.push('staff');
  if (access.isAdmin) roles.push('admin');
  return roles;
}

/**
 * What is left of what a person holds when they act by this principal: by a token of an instrument only what they hold as staff there, so that
 * it opens no experiment they are merely a member of. Null where nothing is left.
 */
function through<
  Access extends { isStaff: boolean; memberRole?: unknown; isReader?: boolean; isAdmin?: boolean },
>(principal: Principal, access: Access, instrumentId: string | null): Access | null {
  if (principal.kind !== 'token' || principal.instrumentId === null) return access;
  if (principal.instrumentId !== instrumentId) return null;
  return { ...access, memberRole: null, isReader: false, isAdmin: false };
}

/** The roles the caller holds in an experiment or a project by its joined rows: a person, or a token of theirs. */
export function rolesThrough(ctx: ServiceContext, access: Parameters<typeof visibleRoles>[0]): Role[] {
  const { principal } = ctx;
  if (principal.kind === 'token' && ![null, access.experiment.id].includes(principal.experimentId)) return [];
  const left = through(principal, access, access.experiment.instrumentId);
  return left ? visibleRoles(left) : [];
}

/**
 * The roles the caller holds in an experiment or a project: empty for strangers, agents and the anonymous, and for an experiment that is not there. Of a
 * token its person's: what its scopes let through is asked by `requireExperiment`, and by the API before it.
 */
export async function rolesIn(q: Queryable, ctx: ServiceContext, experimentId: string): Promise<Role[]> {
  const personId = actingPerson(ctx);
  if (personId === null || !isUuid(experimentId)) return [];
  const [access] = await experimentAccess(q, personId, [experimentId], ctx.now());
  return access ? rolesThrough(ctx, access) : [];
}

/** Which of these experiments and projects the caller sees, with the roles they hold there; one statement however many ids. */
export async function seenAmong(
  q: Queryable,
  ctx: ServiceContext,
  ids: readonly string[],
): Promise<{ experiment: ContainerRow; roles: Role[] }[]> {
  const personId = actingPerson(ctx);
  if (personId === null) return [];
  const rows = await experimentAccess(q, personId, ids, ctx.now());
  return rows
    .map((access) => ({ experiment: access.experiment, roles: rolesThrough(ctx, access) }))
    .filter(({ roles }) => allows('experiment.view', roles));
}

/** The roles that somebody else holds in an experiment or a project now, whoever asks. */
export async function rolesOfPerson(
  q: Queryable,
  ctx: ServiceContext,
  personId: string,
  experimentId: string,
): Promise<Role[]> {
  const [access] = await experimentAccess(q, personId, [experimentId], ctx.now());
  return access ? visibleRoles(access) : [];
}

function refuse(ctx: ServiceContext, what: string): AppError {
  if (ctx.principal.kind === 'anonymous') return new AppError('NOT_SIGNED_IN');
  return new AppError('NOT_FOUND', `There is no such ${what}, or it is not yours to see.`);
}

/** What a token was not made for is refused before anything is looked up, so that the answer tells nothing of what there is. */
export function assertScope(ctx: ServiceContext, action: TokenAction): void {
  const { principal } = ctx;
  if (principal.kind !== 'token' || scopesAllow(principal.scopes, action)) return;
  const scope = scopeFor(action);
  throw new AppError(
    'NOT_ALLOWED',
    scope === null
      ? 'Access tokens cannot do this; sign in to the web app for it.'
      : `This access token was not made for ${scope}. Make one with that scope on your account page.`,
  );
}

/** The person who makes something of their own: by themselves, or by a token of all that is theirs. One for an experiment or an instrument makes nothing beside it. */
export function requireMaker(ctx: ServiceContext, action: TokenAction): string {
  assertScope(ctx, action);
  const { principal } = ctx;
  if (principal.kind === 'token' && (principal.experimentId !== null || principal.instrumentId !== null)) {
    throw new AppError('NOT_ALLOWED', 'This access token is for one experiment or instrument alone.');
  }
  const personId = actingPerson(ctx);
  if (personId === null) throw new AppError('NOT_SIGNED_IN');
  return personId;
}

/** The experiment or project of this kind (null: either), when the caller may do this with it; otherwise as `requireExperiment`. */
async function requireOne(
  q: Queryable,
  ctx: ServiceContext,
  id: string,
  action: ExperimentAction,
  kind: ContainerRow['kind'] | null,
): Promise<ContainerRow> {
  const refused = () => refuse(ctx, kind ?? 'experiment');
  assertScope(ctx, action);
  if (!isUuid(id)) throw refused();
  if (ctx.principal.kind === 'system') {
    const row = await findContainer(q, id);
    if (!row || (kind !== null && row.kind !== kind)) throw refused();
    return row;
  }
  const personId = actingPerson(ctx);
  if (personId === null) throw refused();
  const [access] = await experimentAccess(q, personId, [id], ctx.now());
  if (!access || (kind !== null && access.experiment.kind !== kind)) throw refused();
  const roles = rolesThrough(ctx, access);
  if (!allows('experiment.view', roles)) throw refused();
  if (!allows(action, roles)) throw new AppError('NOT_ALLOWED');
  return access.experiment;
}

/**
 * The experiment, when the caller may do this with it; a token may when its person may and its scopes cover it. The system may do everything. Who may not even see it is told
 * NOT_FOUND, exactly as when it did not exist (admins too: they see no data without being a member); who sees it but
 * may not do this, NOT_ALLOWED. Of a project NOT_FOUND as well: what is asked for here needs an instrument or data.
 */
export async function requireExperiment(
  q: Queryable,
  ctx: ServiceContext,
  experimentId: string,
  action: ExperimentAction,
): Promise<ExperimentRow> {
  return (await requireOne(q, ctx, experimentId, action, 'experiment')) as ExperimentRow;
}

/** The project, by the same rules; of an experiment NOT_FOUND. */
export async function requireProject(
  q: Queryable,
  ctx: ServiceContext,
  projectId: string,
  action: ExperimentAction,
): Promise<ProjectRow> {
  return (await requireOne(q, ctx, projectId, action, 'project')) as ProjectRow;
}

/** Whichever of both it is, by the same rules: for what is alike in them, as the people. */
export const requireContainer = (
  q: Queryable,
  ctx: ServiceContext,
  id: string,
  action: ExperimentAction,
): Promise<ContainerRow> => requireOne(q, ctx, id, action, null);

/** The id of what has this code as people type it; the empty id, which is nobody's, where there is none. */
async function idOfCode(q: Queryable, typed: string): Promise<string> {
  const code = parseExperimentCode(typed);
  const found = code === null ? null : await findContainerByCode(q, code);
  return found?.id ?? '';
}

/** The same by its code as people type it: there is none of that code, and it is not theirs to see, are one answer. */
export const requireExperimentOfCode = async (
  q: Queryable,
  ctx: ServiceContext,
  typed: string,
  action: ExperimentAction,
): Promise<ExperimentRow> => requireExperiment(q, ctx, await idOfCode(q, typed), action);

export const requireProjectOfCode = async (
  q: Queryable,
  ctx: ServiceContext,
  typed: string,
  action: ExperimentAction,
): Promise<ProjectRow> => requireProject(q, ctx, await idOfCode(q, typed), action);

/**
 * The instrument, when the caller may do this with it. A stranger gets NOT_FOUND; an admin who is not staff, NOT_ALLOWED. A token of one
 * experiment opens no instrument.
 */
export async function requireInstrument(
  q: Queryable,
  ctx: ServiceContext,
  instrumentId: string,
  action: InstrumentAction,
): Promise<InstrumentRow> {
  assertScope(ctx, action);
  if (!isUuid(instrumentId)) throw refuse(ctx, 'instrument');
  if (ctx.principal.kind === 'system') {
    const row = await findInstrument(q, instrumentId);
    if (!row) throw refuse(ctx, 'instrument');
    return row;
  }
  const personId = actingPerson(ctx);
  if (personId === null || (ctx.principal.kind === 'token' && ctx.principal.experimentId !== null)) {
    throw refuse(ctx, 'instrument');
  }
  const found = await instrumentAccess(q, personId, instrumentId);
  const access = found && through(ctx.principal, found, found.instrument.id);
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
